#include "engine/flow/verify_contacts.h"

#include <algorithm>
#include <optional>
#include <set>
#include <span>

#include "engine/consent/email_address.h"
#include "engine/evidence/digest.h"
#include "engine/flow/read_stored_event.h"
#include "engine/flow/verify_consent.h"
#include "engine/flow/verify_mail.h"

namespace jawort {
namespace {

constexpr int kContactsAtOnce = 500;
constexpr std::string_view kField = "field:";
using Item = LedgerItem;

std::string contact_name(ContactId id) { return "contact " + id_text(id.value); }

class ContactCheck {
 public:
  ContactCheck(const Tables& tables, const LinkKeys* links, VerifiedContacts& out)
      : tables_(tables), links_(links), out_(out) {}

  // `row`: null when the table has none. `events`: all that are about the contact.
  Status run(ContactId id, const ContactRow* row, std::span<const StoredEvent> events) {
    ++out_.contacts;
    out_.events += static_cast<std::int64_t>(events.size());
    events_.clear();
    for (const StoredEvent& event : events) {
      events_.push_back(read_stored_event(event, out_.findings));
    }
    if (row != nullptr) JAWORT_TRY(check_contact(id, *row));
    JAWORT_TRY(check_consents(id));
    for (const CheckedEvent& event : events_) {
      const auto looked = verify_mail(tables_, id, row, event, links_, out_.findings);
      if (!looked.ok()) return looked.error();
      if (*looked) ++out_.mails;
    }
    return {};
  }

 private:
  Status check_contact(ContactId id, const ContactRow& row) {
    if (events_.empty()) {
      out_.findings.add(Item::kContacts, contact_name(id) + " is in no event");
      return {};
    }
    const CheckedEvent& first = events_.front();
    if (first.leaf && first.leaf->type == "form_submitted") check_sign_up(id, row, first);
    check_address(id, row);
    const auto fields = tables_.contacts().fields(id);
    if (!fields.ok()) return fields.error();
    for (const std::string& name : entered_fields()) {
      if (std::ranges::find(*fields, name, &FieldValueRow::name) == fields->end()) {
        out_.findings.add(Item::kContacts, contact_name(id) + " has no field \"" + name +
                                               "\", which entered it by the log");
      }
    }
    for (const FieldValueRow& field : *fields) {
      if (!is_carried(field)) {
        out_.findings.add(Item::kContacts, contact_name(id) + " has a field \"" + field.name +
                                               "\" that no event carries as it is");
      }
    }
    return {};
  }

  // The record was made with the first event.
  void check_sign_up(ContactId id, const ContactRow& row, const CheckedEvent& first) {
    const auto differs = [&](std::string_view column) {
      out_.findings.add(Item::kContacts, contact_name(id) + ": " + std::string(column) +
                                             " differs from event " +
                                             std::to_string(first.sequence));
    };
    if (row.language != first.leaf->fact("language")) differs("language");
    if (row.source != "form:" + std::string(first.leaf->fact("form"))) differs("source");
    if (row.created_at != first.leaf->at) differs("created_at");
    const SaltedValue* email = first.value("email");
    if (email != nullptr && email->value != row.email) differs("email");
  }

  void check_address(ContactId id, const ContactRow& row) {
    const auto own = EmailAddress::parse(row.email);
    if (!own.ok() || own->normalised() != row.email_normalised) {
      out_.findings.add(Item::kContacts,
                        contact_name(id) + ": email_normalised is not that of its email");
    }
    for (const CheckedEvent& event : events_) {
      const SaltedValue* email = event.value("email");
      if (email == nullptr) continue;
      const SaltedValue* normalised = event.value("email_normalised");
      if ((normalised == nullptr ? email : normalised)->value == row.email_normalised) continue;
      out_.findings.add(Item::kContacts, contact_name(id) + " has another address than event " +
                                             std::to_string(event.sequence));
      return;
    }
  }

  // What came with a sign-up enters the record with the press, and of a lead at once.
  std::set<std::string> entered_fields() const {
    std::set<std::string> names;
    const auto enter = [&](const CheckedEvent& sign_up) {
      for (const SaltedValue& value : sign_up.values) {
        if (value.name.starts_with(kField)) names.insert(value.name.substr(kField.size()));
      }
    };
    for (const CheckedEvent& event : events_) {
      if (!event.leaf) continue;
      const bool sign_up = event.leaf->type == "form_submitted";
      if (sign_up && event.consents.empty()) enter(event);
      if (event.leaf->type != "consent_confirmed" || !event.mail) continue;
      for (const CheckedEvent& other : events_) {
        const bool asked = other.leaf && other.leaf->type == "form_submitted";
        if (asked && other.mail == event.mail) enter(other);
      }
    }
    return names;
  }

  // By the sign-up that it came with. A value that was erased there cannot be asked any more.
  bool is_carried(const FieldValueRow& field) const {
    const std::string name = std::string(kField) + field.name;
    return std::ranges::any_of(events_, [&](const CheckedEvent& event) {
      if (!event.leaf || event.leaf->at != field.set_at) return false;
      if (field.source != "form:" + std::string(event.leaf->fact("form"))) return false;
      const SaltedValue* value = event.value(name);
      return value != nullptr ? value->value == field.value : event.commits_to(name);
    });
  }

  Status check_consents(ContactId id) {
    const auto rows = tables_.consents().of_contact(id);
    if (!rows.ok() && rows.error().kind == ErrorKind::kStorage) return rows.error();
    if (!rows.ok()) {
      out_.findings.add(Item::kConsents, rows.error().message);
      return {};
    }
    std::set<ConsentId> in_log;
    for (const CheckedEvent& event : events_) {
      in_log.insert(event.consents.begin(), event.consents.end());
    }
    out_.consents += static_cast<std::int64_t>(rows->size());
    for (const Consent& row : *rows) {
      if (in_log.erase(row.id) == 0) {
        out_.findings.add(Item::kConsents,
                          "consent " + id_text(row.id.value) + " is in no event of its contact");
      } else {
        verify_consent(row.id, &row, events_, out_.findings);
      }
    }
    for (const ConsentId gone : in_log) verify_consent(gone, nullptr, events_, out_.findings);
    return {};
  }

  const Tables& tables_;
  const LinkKeys* const links_;
  VerifiedContacts& out_;
  std::vector<CheckedEvent> events_;
};

// The rows of table `contact` in the range, page by page.
class ContactRows {
 public:
  ContactRows(const Tables& tables, ContactId after, ContactId last)
      : tables_(tables), after_(after), last_(last) {}

  // Null after the end.
  Result<const ContactRow*> front() {
    if (at_ == page_.size() && !ended_) {
      auto page = tables_.contacts().page(after_, kContactsAtOnce);
      if (!page.ok()) return page.error();
      page_ = std::move(*page);
      at_ = 0;
      ended_ = page_.size() < static_cast<std::size_t>(kContactsAtOnce);
      if (!page_.empty()) after_ = page_.back().id;
    }
    if (at_ == page_.size() || page_[at_].id > last_)
      return static_cast<const ContactRow*>(nullptr);
    return &page_[at_];
  }
  void pop() { ++at_; }

 private:
  const Tables& tables_;
  ContactId after_;
  const ContactId last_;
  std::vector<ContactRow> page_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

}  // namespace

void VerifiedContacts::add(VerifiedContacts other) {
  events += other.events;
  contacts += other.contacts;
  consents += other.consents;
  mails += other.mails;
  findings.add_all(std::move(other.findings));
}

Result<VerifiedContacts> verify_contacts(const Tables& tables, ContactId after, ContactId last,
                                         const LinkKeys* links) {
  const auto events = tables.events().of_contacts(after, last);
  if (!events.ok()) return events.error();
  VerifiedContacts out;
  ContactCheck check(tables, links, out);
  ContactRows rows(tables, after, last);
  std::vector<StoredEvent>::const_iterator next = events->begin();
  for (;;) {
    const auto row = rows.front();
    if (!row.ok()) return row.error();
    if (*row == nullptr && next == events->end()) return out;
    const ContactId of_events{next == events->end() ? INT64_MAX : *next->contact};
    const ContactId id = *row == nullptr ? of_events : std::min((*row)->id, of_events);
    const auto end = std::find_if(
        next, events->end(), [&](const StoredEvent& event) { return *event.contact != id.value; });
    const bool has_row = *row != nullptr && (*row)->id == id;
    JAWORT_TRY(check.run(id, has_row ? *row : nullptr, {next, end}));
    if (has_row) rows.pop();
    next = end;
  }
}

}  // namespace jawort
