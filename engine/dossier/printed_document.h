// What is to be printed, as data: what stands on it in which order, nothing of how it looks. Made
// by what knows the matter (compose_dossier), drawn by what knows a medium (html_document,
// pdf_document). All texts are UTF-8 in the language of the reader; each printer escapes them.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "engine/base/clock.h"

namespace jawort {

struct Heading {
  int level = 1;  // 1: a chapter, 2: a section
  std::string text;
  std::string anchor;  // [a-z0-9-], unique in the document; may be empty
};

enum class Tone : std::uint8_t {
  kPlain,
  kStrong,  // what the reader is to see first
  kNote,    // explains; smaller
  kCaution  // what is missing, or speaks against it
};

struct Paragraph {
  std::string text;  // line feeds break lines
  Tone tone = Tone::kPlain;
};

struct Points {
  std::vector<std::string> items;
  bool numbered = false;
};

// What somebody was shown, set apart and to the letter.
struct Quotation {
  std::string text;
  std::string language;  // of the text, RFC 5646; may be empty
};

// Text whose line ends and spaces matter: a mail, a signed note.
struct Verbatim {
  std::string text;
};

enum class Face : std::uint8_t { kText, kCode };  // code: hashes, addresses of machines

struct Value {
  std::string text;
  Face face = Face::kText;
  Tone tone = Tone::kPlain;
};

// Two columns, a label and what belongs to it.
struct Particulars {
  struct Row {
    std::string label;
    Value value;
  };
  std::vector<Row> rows;
};

struct Table {
  struct Column {
    std::string title;
    int share = 1;  // of the width
  };
  std::vector<Column> columns;
  std::vector<std::vector<Value>> rows;  // as many values as columns each
};

// A picture: what happened, one below the other, with the time that passed in between.
struct TimeLine {
  struct Moment {
    std::string what;
    std::string when;
    std::string after;  // since the moment before: "2 min 38 s"; empty for the first
    bool solid = true;  // false: it ended something, or is not a person's act
  };
  std::string description;  // for who cannot see it
  std::vector<Moment> moments;
};

struct PageBreak {};  // on paper only

using Block = std::variant<Heading, Paragraph, Points, Quotation, Verbatim, Particulars, Table,
                           TimeLine, PageBreak>;

struct PrintedDocument {
  std::string language;  // RFC 5646
  std::string title;
  std::string subtitle;   // may be empty
  std::string head_left;  // at the top of each page
  std::string head_right;
  std::string page_of_pages;  // at the foot, "Page {n} of {m}"
  Instant made_at;
  std::vector<Block> blocks;
};

// As it may be printed: what is not UTF-8 becomes U+FFFD; control characters and those that turn
// the direction of what follows (U+202A–202E, U+2066–2069), which make a print lie, are spelled out
// as "[U+202E]". Tabs and line feeds stay, CR LF becomes LF.
std::string fit_for_print(std::string_view text);

}  // namespace jawort
