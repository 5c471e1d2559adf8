// The words of the dossier in one language, and how moments and spans of time are written in it.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/text.h"
#include "engine/base/time_zone.h"
#include "templates/texts.h"

namespace jawort {

// Those of texts.LANG.toml in this folder, read once. Thread-safe.
const Texts& dossier_texts();

class DossierWords {
 public:
  // An unknown language is English, an unknown zone UTC.
  DossierWords(std::string_view language, std::string_view zone);

  const std::string& language() const { return language_; }

  // `{name}` in the text is replaced by the value of that name; values are not looked into.
  struct Put {
    std::string_view name;
    std::string value;
  };
  std::string text(std::string_view key, std::initializer_list<Put> put = {}) const;
  // Nothing where there is no such text: for what comes out of a record.
  std::optional<std::string> find(std::string_view key) const;
  std::string find_or(std::string_view key, std::string_view otherwise) const;

  std::string date(const LocalTime& local) const;
  std::string moment(Instant at) const;        // to the second, with zone, offset, and UTC
  std::string short_moment(Instant at) const;  // to the second, with zone
  std::string moment_cell(Instant at) const;   // the same in two lines
  std::string last_day(Instant end) const;     // of what ends then
  std::string span(milliseconds time) const;   // "2 min 38 s"; of two units at most
  std::string limits(const std::vector<RateLimit>& limits) const;
  std::string window(const Duration& window) const;  // "36 months", in German in the dative

 private:
  std::string in_short(std::string_view key, Instant at) const;
  std::string zone_name(const LocalTime& local) const;
  std::string language_;
  std::optional<TimeZone> zone_;
  LocalTime local(Instant at) const;
};

}  // namespace jawort
