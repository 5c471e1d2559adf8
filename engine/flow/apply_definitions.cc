#include "engine/flow/apply_definitions.h"

#include <algorithm>
#include <map>

#include "engine/flow/lint_mails.h"
#include "engine/flow/publish_events.h"

namespace jawort {
namespace {

using Key = std::pair<std::string, std::string>;  // kind, id

Result<std::map<Key, Document>> read_files(const std::vector<DefinitionFile>& files) {
  std::map<Key, Document> documents;
  std::string errors;
  for (const DefinitionFile& file : files) {
    auto read = read_definitions(file.content, file.name);
    if (!read.ok()) {
      errors += (errors.empty() ? "" : "\n") + read.error().message;
      continue;
    }
    for (Document& document : *read) {
      const Key key{document.kind, document.id};
      if (!documents.emplace(key, std::move(document)).second) {
        errors += (errors.empty() ? "" : "\n") + file.name + ": " + key.first + " \"" + key.second +
                  "\" stands in another file too";
      }
    }
  }
  if (!errors.empty()) return configuration_error(errors);
  return documents;
}

Document to_document(const DefinitionRow& row) { return {row.kind, row.id, row.body, row.version}; }

// What is unlawful is refused, what only may be is said.
Status lint(const DefinitionSet& set, const Templates& templates,
            std::vector<std::string>& warnings) {
  std::string errors;
  for (Finding& finding : lint_installation(set, templates)) {
    if (finding.severity == Severity::kError) {
      errors += (errors.empty() ? "" : "\n") + finding.text;
    } else {
      warnings.push_back(std::move(finding.text));
    }
  }
  return errors.empty() ? Status{} : Status{configuration_error(errors)};
}

Result<std::shared_ptr<const DefinitionSet>> read_set(const Tables& tables) {
  const auto rows = tables.definitions().current();
  if (!rows.ok()) return rows.error();
  std::vector<Document> documents;
  for (const DefinitionRow& row : *rows) {
    if (row.kind != "shown_form") documents.push_back(to_document(row));
  }
  return DefinitionSet::build(std::move(documents));
}

class Application {
 public:
  Application(const Context& context, std::map<Key, Document> documents)
      : context_(context), documents_(std::move(documents)) {}

  // Compares with what is in force and checks the whole.
  Status compare(const Tables& tables) {
    applied_ = {};
    const auto rows = tables.definitions().current();
    if (!rows.ok()) return rows.error();
    std::map<Key, Document> all;
    for (const DefinitionRow& row : *rows) {
      if (row.kind == "shown_form") continue;
      all.emplace(Key{row.kind, row.id}, to_document(row));
    }
    changed_.clear();
    retired_.clear();
    make_way_for_controller(all);
    for (const auto& [key, document] : documents_) {
      const auto before = all.find(key);
      if (before != all.end() && before->second.version == document.version) {
        ++applied_.unchanged;
        before->second = document;  // the same, and it knows its line in the file
        continue;
      }
      applied_.changed.push_back(
          {document.kind, document.id, document.version,
           describe_change(document, before == all.end() ? "" : before->second.body)});
      changed_.push_back(document);
      if (before != all.end() && document.kind == "campaign") {
        JAWORT_TRY(tell_who_stays(tables, document.id));
      }
      all.insert_or_assign(key, document);
    }
    std::vector<Document> documents;
    for (auto& [key, document] : all) documents.push_back(std::move(document));
    auto set = DefinitionSet::build(std::move(documents));
    if (!set.ok()) return configuration_error(set.error().message);
    set_ = std::move(*set);
    JAWORT_TRY(check_targets());
    for (std::string& warning : set_->not_active_yet()) {
      applied_.warnings.push_back(std::move(warning));
    }
    return lint(*set_, context_.templates, applied_.warnings);
  }

  // Every form as it is shown from now on is kept with its definitions: posts are bound to it.
  Status store(Tables& tables) {
    const Instant now = context_.clock.now();
    for (const Key& key : retired_) {
      JAWORT_TRY(tables.definitions().retire(key.first, key.second));
    }
    for (const Document& document : changed_) JAWORT_TRY(put(tables, document, now));
    for (const std::string& id : set_->form_ids()) {
      JAWORT_TRY(put(tables, shown_form_document(*set_, id), now));
    }
    return begin_endpoints(*set_, tables);
  }

  const Applied& applied() const { return applied_; }
  std::shared_ptr<const DefinitionSet> set() const { return set_; }

 private:
  // Where a webhook may not go it is not even tried.
  Status check_targets() const {
    std::string errors;
    for (const auto& [key, document] : documents_) {
      if (document.kind != "webhook") continue;
      const Webhook* const webhook = set_->webhook(key.second);
      if (webhook == nullptr) continue;
      const std::string problem = context_.settings.webhooks.guard.target_problem(webhook->url);
      if (problem.empty()) continue;
      const auto line = document.lines.find("url");
      errors += (errors.empty() ? "" : "\n") + document.file +
                (line == document.lines.end() ? "" : ":" + std::to_string(line->second)) +
                ": webhook \"" + key.second + "\": url: " + problem +
                "; [webhooks] allow_private in jawort.toml lets networks of your own through";
    }
    return errors.empty() ? Status{} : Status{configuration_error(errors)};
  }

  // Whoever is on the way through a campaign goes on as they began.
  Status tell_who_stays(const Tables& tables, const std::string& campaign) {
    const auto counts = tables.enrolments().counts(campaign);
    if (!counts.ok()) return counts.error();
    std::int64_t people = 0;
    for (const EnrolmentCount& count : *counts) people += count.people;
    if (people == 0) return {};
    applied_.warnings.push_back("campaign \"" + campaign + "\": " + std::to_string(people) +
                                (people == 1 ? " person stays" : " people stay") +
                                " with the version that they began; this one is for who comes "
                                "from now on");
    return {};
  }

  // An installation has one controller: a new one takes the place of the one before. What persons
  // were shown until then stays bound to the version that was shown.
  void make_way_for_controller(std::map<Key, Document>& all) {
    const auto coming = std::ranges::find_if(
        documents_, [](const auto& entry) { return entry.first.first == "controller"; });
    if (coming == documents_.end()) return;
    for (auto entry = all.begin(); entry != all.end();) {
      const Key key = entry->first;
      const bool replaced = key.first == "controller" && key != coming->first;
      entry = replaced ? all.erase(entry) : std::next(entry);
      if (!replaced) continue;
      retired_.push_back(key);
      applied_.warnings.push_back("controller \"" + coming->first.second +
                                  "\" takes the place of \"" + key.second + "\" on every form");
    }
  }

  static Status put(Tables& tables, const Document& document, Instant now) {
    return tables.definitions().put(
        {document.kind, document.id, document.body, document.version, now, true});
  }

  const Context& context_;
  const std::map<Key, Document> documents_;
  std::vector<Document> changed_;
  std::vector<Key> retired_;
  std::shared_ptr<const DefinitionSet> set_;
  Applied applied_;
};

}  // namespace

Result<Applied> apply_definitions(const Context& context, const std::vector<DefinitionFile>& files,
                                  bool dry_run) {
  auto documents = read_files(files);
  if (!documents.ok()) return documents.error();
  Application application(context, std::move(*documents));
  if (dry_run) {
    JAWORT_TRY(
        context.store.read([&](const Tables& tables) { return application.compare(tables); }));
    return application.applied();
  }
  JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
    JAWORT_TRY(application.compare(tables));
    return application.store(tables);
  }));
  context.definitions.replace(application.set());
  context.log.info("definitions_applied",
                   {{"changed", static_cast<std::int64_t>(application.applied().changed.size())}});
  return application.applied();
}

Status load_definitions(const Context& context) {
  std::shared_ptr<const DefinitionSet> set;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    auto read = read_set(tables);
    // What was stored has been valid: nobody typed it just now.
    if (!read.ok() && read.error().kind == ErrorKind::kInvalid) {
      return internal_error("the definitions in the database are damaged: " + read.error().message);
    }
    if (!read.ok()) return read.error();
    set = std::move(*read);
    return {};
  }));
  context.definitions.replace(std::move(set));
  return {};
}

}  // namespace jawort
