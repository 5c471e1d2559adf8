// The contract of ContactTable, ConsentTable, AddressMarkTable and DefinitionTable.
#include <stdexcept>

#include "tests/db/test_store.h"
#include "tests/support/catch.h"

namespace jawort::testing {
namespace {

using Ids = std::vector<std::int64_t>;

std::optional<ContactRow> contact(const Store& store, std::int64_t id) {
  return get<std::optional<ContactRow>>(
      store, [&](const Tables& tables) { return tables.contacts().find(ContactId{id}); });
}

std::optional<Consent> consent(const Store& store, std::int64_t id) {
  return get<std::optional<Consent>>(
      store, [&](const Tables& tables) { return tables.consents().find(ConsentId{id}); });
}

Write insert_contacts(std::int64_t count) {
  return [count](Tables& tables) -> Status {
    for (std::int64_t id = count; id > 0; --id) {
      JAWORT_TRY(tables.contacts().insert(sample_contact(id)));
    }
    return {};
  };
}

}  // namespace

TEST_CASE("a contact is found by id and by address, as it was written") {
  const auto test = new_test_store();
  Store& store = test->store();
  CHECK_FALSE(contact(store, 1));
  write(store, insert_contacts(2));
  REQUIRE(contact(store, 2));
  CHECK(same(*contact(store, 2), sample_contact(2)));

  const auto by_address = [&](const std::string& address) {
    return get<std::optional<ContactRow>>(
        store, [&](const Tables& tables) { return tables.contacts().find_by_address(address); });
  };
  REQUIRE(by_address("person1@example.org"));
  CHECK(same(*by_address("person1@example.org"), sample_contact(1)));
  CHECK_FALSE(by_address("Person1@Example.ORG"));  // only the normalised spelling
  CHECK_FALSE(by_address("person1@example.or"));
}

TEST_CASE("two contacts never share an id or an address") {
  const auto test = new_test_store();
  write(test->store(), insert_contacts(1));
  ContactRow same_address = sample_contact(2);
  same_address.email_normalised = sample_contact(1).email_normalised;
  CHECK(refused_kind(test->store(), [&](Tables& tables) {
          return tables.contacts().insert(same_address);
        }) == ErrorKind::kRefused);
  ContactRow same_id = sample_contact(3);
  same_id.id = ContactId{1};
  CHECK(refused_kind(test->store(), [&](Tables& tables) {
          return tables.contacts().insert(same_id);
        }) == ErrorKind::kRefused);
  CHECK(test->store().healthy());
  CHECK(same(*contact(test->store(), 1), sample_contact(1)));
}

TEST_CASE("contacts come page by page in order of id") {
  const auto test = new_test_store();
  write(test->store(), insert_contacts(5));
  const auto page = [&](std::int64_t after, int limit) {
    return ids_of(get<std::vector<ContactRow>>(test->store(), [&](const Tables& tables) {
      return tables.contacts().page(ContactId{after}, limit);
    }));
  };
  CHECK(page(0, 2) == Ids{1, 2});
  CHECK(page(2, 2) == Ids{3, 4});
  CHECK(page(4, 2) == Ids{5});
  CHECK(page(5, 2).empty());
  CHECK(page(0, 0).empty());
}

TEST_CASE("a field is set, replaced, and goes with its contact") {
  const auto test = new_test_store();
  const auto fields = [&](std::int64_t id) {
    return get<std::vector<FieldValueRow>>(test->store(), [&](const Tables& tables) {
      return tables.contacts().fields(ContactId{id});
    });
  };
  write(test->store(), insert_contacts(2));
  CHECK(fields(1).empty());
  write(test->store(), [](Tables& tables) -> Status {
    JAWORT_TRY(tables.contacts().set_field(ContactId{1}, sample_field("last_name", "Muster")));
    JAWORT_TRY(tables.contacts().set_field(ContactId{1}, sample_field("first_name", "Anna")));
    JAWORT_TRY(tables.contacts().set_field(ContactId{2}, sample_field("first_name", "Bo")));
    return tables.contacts().set_field(ContactId{1},
                                       sample_field("first_name", "Annä \xF0\x9F\x8C\xBB"));
  });
  REQUIRE(fields(1).size() == 2);
  CHECK(same(fields(1)[0], sample_field("first_name", "Annä \xF0\x9F\x8C\xBB")));
  CHECK(same(fields(1)[1], sample_field("last_name", "Muster")));

  write(test->store(), [](Tables& tables) { return tables.contacts().remove(ContactId{1}); });
  CHECK_FALSE(contact(test->store(), 1));
  CHECK(fields(1).empty());
  CHECK(fields(2).size() == 1);
  CHECK(refused_kind(test->store(), [](Tables& tables) {
          return tables.contacts().set_field(ContactId{1}, sample_field("first_name", "Anna"));
        }) == ErrorKind::kRefused);
}

TEST_CASE("removing what is not there is ok") {
  const auto test = new_test_store();
  write(test->store(), [](Tables& tables) -> Status {
    JAWORT_TRY(tables.contacts().remove(ContactId{9}));
    JAWORT_TRY(tables.consents().remove(ConsentId{9}));
    return tables.events().remove_values(9);
  });
}

TEST_CASE("a consent is read as it was put, with and without stamps") {
  const auto test = new_test_store();
  write(test->store(), insert_contacts(1));
  CHECK_FALSE(consent(test->store(), 11));
  Consent bare = pending_consent(11, 1);
  bare.round.mail = MailId{};
  write(test->store(), [&](Tables& tables) -> Status {
    JAWORT_TRY(tables.consents().put(bare));
    return tables.consents().put(revoked_consent(12, 1));
  });
  REQUIRE(consent(test->store(), 11));
  CHECK(same(*consent(test->store(), 11), bare));
  REQUIRE(consent(test->store(), 12));
  CHECK(same(*consent(test->store(), 12), revoked_consent(12, 1)));
}

TEST_CASE("every status, grade and way of revoking survives the table") {
  const auto test = new_test_store();
  write(test->store(), insert_contacts(1));
  const auto survives = [&](const Consent& written) {
    write(test->store(), [&](Tables& tables) { return tables.consents().put(written); });
    return same(*consent(test->store(), written.id.value), written);
  };
  Consent sample = revoked_consent(11, 1);
  for (int status = 0; status <= static_cast<int>(ConsentStatus::kExpired); ++status) {
    sample.round.status = static_cast<ConsentStatus>(status);
    CHECK(survives(sample));
  }
  for (int grade = 0; grade <= static_cast<int>(Grade::kStaff); ++grade) {
    sample.round.grade = static_cast<Grade>(grade);
    CHECK(survives(sample));
  }
  for (int by = 0; by <= static_cast<int>(RevokedBy::kApi); ++by) {
    sample.round.revoked_by = static_cast<RevokedBy>(by);
    CHECK(survives(sample));
  }
}

TEST_CASE("putting a consent again replaces it, also back to fewer stamps") {
  const auto test = new_test_store();
  write(test->store(), insert_contacts(1));
  Consent later = pending_consent(12, 1, "product news");
  write(test->store(), [&](Tables& tables) -> Status {
    JAWORT_TRY(tables.consents().put(revoked_consent(12, 1)));
    return tables.consents().put(later);
  });
  CHECK(same(*consent(test->store(), 12), later));
}

TEST_CASE("a contact has one consent per purpose, in order of id") {
  const auto test = new_test_store();
  write(test->store(), insert_contacts(2));
  const auto of_contact = [&](std::int64_t id) {
    return ids_of(get<std::vector<Consent>>(test->store(), [&](const Tables& tables) {
      return tables.consents().of_contact(ContactId{id});
    }));
  };
  CHECK(of_contact(1).empty());
  write(test->store(), [](Tables& tables) -> Status {
    JAWORT_TRY(tables.consents().put(pending_consent(13, 1, "a")));
    JAWORT_TRY(tables.consents().put(pending_consent(12, 2, "b")));
    return tables.consents().put(pending_consent(11, 1, "b"));
  });
  CHECK(of_contact(1) == Ids{11, 13});
  CHECK(refused_kind(test->store(), [](Tables& tables) {
          return tables.consents().put(pending_consent(14, 1, "a"));
        }) == ErrorKind::kRefused);
  CHECK(of_contact(1) == Ids{11, 13});  // the other one was not replaced
  CHECK(refused_kind(test->store(), [](Tables& tables) {
          return tables.consents().put(pending_consent(15, 99));
        }) == ErrorKind::kRefused);
  CHECK(refused_kind(test->store(), [](Tables& tables) {  // its consents have to go first
          return tables.contacts().remove(ContactId{1});
        }) == ErrorKind::kRefused);
  write(test->store(), [](Tables& tables) { return tables.consents().remove(ConsentId{11}); });
  CHECK(of_contact(1) == Ids{13});
}

TEST_CASE("a consent that contradicts itself is a broken promise of ours") {
  const auto test = new_test_store();
  write(test->store(), insert_contacts(1));
  Consent consent = pending_consent(11, 1);
  consent.round.status = ConsentStatus::kConfirmed;  // without the stamp
  CHECK(refused_kind(test->store(), [&](Tables& tables) {
          return tables.consents().put(consent);
        }) == ErrorKind::kInternal);
  CHECK(test->store().healthy());
}

TEST_CASE("pending consents expire oldest first, from the very millisecond on") {
  const auto test = new_test_store();
  write(test->store(), insert_contacts(1));
  write(test->store(), [](Tables& tables) -> Status {
    for (const std::int64_t id : {11, 12, 13, 14}) {
      Consent consent = pending_consent(id, 1, "purpose" + std::to_string(id));
      consent.round.expires_at = moment(100 - id);
      JAWORT_TRY(tables.consents().put(consent));
    }
    Consent over = revoked_consent(15, 1);
    over.round.expires_at = moment(0);
    return tables.consents().put(over);
  });
  const auto expired = [&](std::int64_t now, int limit) {
    return ids_of(get<std::vector<Consent>>(test->store(), [&](const Tables& tables) {
      return tables.consents().expired(moment(now), limit);
    }));
  };
  CHECK(expired(85, 10).empty());
  CHECK(expired(86, 10) == Ids{14});
  CHECK(expired(1000, 10) == Ids{14, 13, 12, 11});
  CHECK(expired(1000, 2) == Ids{14, 13});
}

TEST_CASE("mails to an address are remembered newest first, each of them") {
  const auto test = new_test_store();
  const auto since = [&](std::int64_t key, std::int64_t millis) {
    return get<std::vector<Instant>>(test->store(), [&](const Tables& tables) {
      return tables.marks().mailed_since(key, moment(millis));
    });
  };
  CHECK(since(-5, 0).empty());
  write(test->store(), [](Tables& tables) -> Status {
    for (const std::int64_t millis : {20, 10, 30, 20}) {
      JAWORT_TRY(tables.marks().mark_mailed(-5, moment(millis)));
    }
    return tables.marks().mark_mailed(7, moment(15));
  });
  CHECK(since(-5, 0) == std::vector{moment(30), moment(20), moment(20), moment(10)});
  CHECK(since(-5, 20) == std::vector{moment(30), moment(20), moment(20)});
  CHECK(since(7, 16).empty());
}

TEST_CASE("a denial holds for its address and form, and is never shortened") {
  const auto test = new_test_store();
  const auto until = [&](std::int64_t key, const std::string& form) {
    return get<std::optional<Instant>>(test->store(), [&](const Tables& tables) {
      return tables.marks().denied_until(key, form);
    });
  };
  CHECK_FALSE(until(5, "newsletter"));
  const auto deny = [&](std::int64_t millis) {
    write(test->store(), [millis](Tables& tables) {
      return tables.marks().mark_denied(5, "newsletter", moment(millis));
    });
  };
  deny(50);
  CHECK(until(5, "newsletter") == moment(50));
  deny(40);
  CHECK(until(5, "newsletter") == moment(50));
  deny(60);
  CHECK(until(5, "newsletter") == moment(60));
  CHECK_FALSE(until(5, "other"));
  CHECK_FALSE(until(6, "newsletter"));
}

TEST_CASE("pruning forgets marks that ended before a moment, at most so many at once") {
  const auto test = new_test_store();
  write(test->store(), [](Tables& tables) -> Status {
    for (std::int64_t key = 1; key <= 3; ++key) {
      JAWORT_TRY(tables.marks().mark_mailed(key, moment(key)));
      JAWORT_TRY(tables.marks().mark_denied(key, "form", moment(key)));
    }
    return {};
  });
  const auto left = [&] {
    int count = 0;
    for (std::int64_t key = 1; key <= 3; ++key) {
      count += static_cast<int>(get<std::vector<Instant>>(test->store(), [&](const Tables& tables) {
                                  return tables.marks().mailed_since(key, moment(0));
                                }).size());
      count += get<std::optional<Instant>>(test->store(), [&](const Tables& tables) {
                 return tables.marks().denied_until(key, "form");
               }).has_value();
    }
    return count;
  };
  const auto prune = [&](std::int64_t mails_before, std::int64_t denials_before, int limit) {
    int removed = 0;
    write(test->store(), [&](Tables& tables) -> Status {
      const auto pruned = tables.marks().prune(moment(mails_before), moment(denials_before), limit);
      if (!pruned.ok()) return pruned.error();
      removed = *pruned;
      return {};
    });
    return removed;
  };
  CHECK(prune(1, 1, 100) == 0);
  CHECK(left() == 6);
  CHECK(prune(3, 3, 3) == 3);
  CHECK(left() == 3);
  CHECK(prune(3, 1, 100) == 0);  // the denial of 2 stays
  CHECK(prune(3, 3, 3) == 1);
  CHECK(left() == 2);
  CHECK(prune(4, 4, 100) == 2);
  CHECK(left() == 0);
}

TEST_CASE("blocked posts add up by day, form and reason") {
  const auto test = new_test_store();
  const auto all = [&](const std::string& since) {
    std::string text;
    for (const auto& row : get<std::vector<BlockedPostRow>>(
             test->store(),
             [&](const Tables& tables) { return tables.blocked_posts().since(since); })) {
      text += row.day + ' ' + row.form + ' ' + row.reason + ' ' + std::to_string(row.posts) + '\n';
    }
    return text;
  };
  write(test->store(), [](Tables& tables) -> Status {
    JAWORT_TRY(tables.blocked_posts().add({"2026-11-23", "two", "honeypot", 1}));
    JAWORT_TRY(tables.blocked_posts().add({"2026-11-23", "one", "honeypot", 2}));
    JAWORT_TRY(tables.blocked_posts().add({"2026-11-22", "one", "too_fast", 5}));
    return tables.blocked_posts().add({"2026-11-23", "two", "honeypot", 40});
  });
  CHECK(all("2026-11-23") == "2026-11-23 one honeypot 2\n2026-11-23 two honeypot 41\n");
  CHECK(all("2026-11-01") == "2026-11-22 one too_fast 5\n" + all("2026-11-23"));
  CHECK(all("2026-11-24").empty());
}

TEST_CASE("a definition keeps all its versions, the last put is the current one") {
  const auto test = new_test_store();
  const auto find = [&](int number) {
    return get<std::optional<DefinitionRow>>(test->store(), [&](const Tables& tables) {
      return tables.definitions().find(sample_hash(number));
    });
  };
  const auto current = [&] {
    std::string all;
    for (const auto& row : get<std::vector<DefinitionRow>>(
             test->store(), [](const Tables& tables) { return tables.definitions().current(); })) {
      CHECK(row.current);
      all += row.kind + " " + row.body;
    }
    return all;
  };
  const auto put = [&](const DefinitionRow& row) {
    write(test->store(), [&](Tables& tables) { return tables.definitions().put(row); });
  };
  CHECK_FALSE(find(1));
  CHECK(current().empty());
  put(sample_definition("b", 1));
  put(sample_definition("a", 2));
  put(sample_definition("b", 3));
  CHECK(current() == "form title = \"a2\"\nform title = \"b3\"\n");
  REQUIRE(find(1));
  CHECK(find(1)->body == sample_definition("b", 1).body);
  CHECK(find(1)->created_at == moment(1));
  CHECK_FALSE(find(1)->current);
  CHECK(find(3)->current);

  DefinitionRow again = sample_definition("b", 1);  // back to the old wording
  again.created_at = moment(99);
  put(again);
  CHECK(find(1)->current);
  CHECK(find(1)->created_at == moment(1));
  CHECK(current() == "form title = \"a2\"\nform title = \"b1\"\n");

  write(test->store(),
        [&](Tables& tables) { return tables.definitions().retire(again.kind, "b"); });
  CHECK(current() == "form title = \"a2\"\n");
  REQUIRE(find(1));
  CHECK_FALSE(find(1)->current);
}

TEST_CASE("a retired definition is no longer current, but found") {
  const auto test = new_test_store();
  const auto current = [&] {
    return get<std::vector<DefinitionRow>>(
        test->store(), [](const Tables& tables) { return tables.definitions().current(); });
  };
  write(test->store(), [](Tables& tables) -> Status {
    JAWORT_TRY(tables.definitions().put(sample_definition("a", 1)));
    JAWORT_TRY(tables.definitions().put(sample_definition("b", 2)));
    JAWORT_TRY(tables.definitions().retire("form", "nobody"));
    JAWORT_TRY(tables.definitions().retire("purpose", "b"));
    return tables.definitions().retire("form", "a");
  });
  REQUIRE(current().size() == 1);
  CHECK(current()[0].id == "b");
  const auto found = get<std::optional<DefinitionRow>>(test->store(), [](const Tables& tables) {
    return tables.definitions().find(sample_hash(1));
  });
  REQUIRE(found);
  CHECK_FALSE(found->current);
  write(test->store(),
        [](Tables& tables) { return tables.definitions().put(sample_definition("a", 1)); });
  CHECK(current().size() == 2);
}

TEST_CASE("a version stands for one text") {
  const auto test = new_test_store();
  DefinitionRow other = sample_definition("a", 1);
  write(test->store(), [&](Tables& tables) { return tables.definitions().put(other); });
  other.body += " ";
  CHECK(refused_kind(test->store(), [&](Tables& tables) {
          return tables.definitions().put(other);
        }) == ErrorKind::kInternal);
}

TEST_CASE("mails from persons wait until somebody is done with them, and go with their contact") {
  const auto test = new_test_store();
  const auto waiting = [&] {
    std::string ids;
    for (const InboxRow& row : get<std::vector<InboxRow>>(test->store(), [](const Tables& tables) {
           return tables.inbox().page(InboxId{}, 10);
         })) {
      ids += row.subject + " ";
    }
    return ids;
  };
  const auto find = [&](std::int64_t id) {
    return get<std::optional<InboxRow>>(
        test->store(), [&](const Tables& tables) { return tables.inbox().find(InboxId{id}); });
  };
  write(test->store(), [](Tables& tables) -> Status {
    JAWORT_TRY(tables.contacts().insert(sample_contact(1)));
    JAWORT_TRY(tables.contacts().insert(sample_contact(2)));
    InboxRow again = sample_inbox(9, 1);
    again.message_hash = sample_inbox(7, 1).message_hash;
    JAWORT_TRY(tables.inbox().put(sample_inbox(7, 1)));
    JAWORT_TRY(tables.inbox().put(sample_inbox(8, 2)));
    return tables.inbox().put(again);  // the same mail once more
  });
  CHECK(waiting() == "subject7 subject8 ");
  REQUIRE(find(8));
  CHECK(find(8)->text == "text8");
  CHECK(find(8)->by_token);
  CHECK(find(8)->contact == ContactId{2});
  CHECK(find(8)->mail == MailId{108});
  CHECK(find(8)->at == moment(8));
  CHECK(find(8)->message_hash == sample_inbox(8, 2).message_hash);

  write(test->store(), [](Tables& tables) { return tables.inbox().finish(InboxId{7}); });
  CHECK(waiting() == "subject8 ");
  CHECK_FALSE(find(7));
  write(test->store(), [](Tables& tables) { return tables.inbox().put(sample_inbox(7, 1)); });
  CHECK_FALSE(find(7));  // somebody is done with it

  write(test->store(), [](Tables& tables) { return tables.contacts().remove(ContactId{2}); });
  CHECK(waiting().empty());
  const auto prune = [&](std::int64_t before) {
    int gone = 0;
    write(test->store(), [&](Tables& tables) -> Status {
      const auto pruned = tables.inbox().prune(moment(before), 10);
      if (!pruned.ok()) return pruned.error();
      gone = *pruned;
      return {};
    });
    return gone;
  };
  CHECK(prune(7) == 0);
  CHECK(prune(8) == 1);
  write(test->store(), [](Tables& tables) { return tables.inbox().put(sample_inbox(7, 1)); });
  CHECK(find(7));
}

}  // namespace jawort::testing
