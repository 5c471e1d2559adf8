#include "tests/unit/dossier/document_text.h"

#include "engine/base/text.h"

namespace jawort::testing {
namespace {

// Lines after the first are set in, so that each stays below what it belongs to.
std::string set_in(const std::string& text) { return replace_all(text, "\n", "\n      "); }

std::string mark(Tone tone) { return tone == Tone::kCaution ? " (!)" : ""; }

struct Writer {
  std::string out;

  void operator()(const Heading& heading) {
    out += "\n" + std::string(heading.level == 1 ? "# " : "## ") + heading.text + "\n";
  }
  void operator()(const Paragraph& paragraph) {
    out += paragraph.text + mark(paragraph.tone) + "\n";
  }
  void operator()(const Points& points) {
    for (const std::string& item : points.items) out += "  - " + item + "\n";
  }
  void operator()(const Quotation& quotation) {
    out += "  | " + set_in(quotation.text) + " [" + quotation.language + "]\n";
  }
  void operator()(const Verbatim& verbatim) {
    for (const std::string_view line : split(verbatim.text, '\n')) {
      out += line.empty() ? "  >\n" : "  > " + std::string(line) + "\n";
    }
  }
  void operator()(const Particulars& particulars) {
    for (const Particulars::Row& row : particulars.rows) {
      out += "  " + row.label + ": " + set_in(row.value.text) + mark(row.value.tone) + "\n";
    }
  }
  void operator()(const Table& table) {
    std::string heads;
    for (const Table::Column& column : table.columns) heads += " | " + column.title;
    out += " " + heads + "\n";
    for (const auto& row : table.rows) {
      std::string line;
      for (const Value& value : row) {
        line += " | " + replace_all(value.text, "\n", " / ") + mark(value.tone);
      }
      out += " " + line + "\n";
    }
  }
  void operator()(const TimeLine& line) {
    for (const TimeLine::Moment& moment : line.moments) {
      out += std::string(moment.solid ? "  * " : "  o ") + moment.what + ", " + moment.when;
      out += moment.after.empty() ? "\n" : " (+ " + moment.after + ")\n";
    }
  }
  void operator()(const PageBreak&) { out += "\n"; }
};

}  // namespace

std::string document_text(const PrintedDocument& document) {
  Writer writer;
  writer.out = document.title + "\n" + document.subtitle + "\n" + document.head_left + " / " +
               document.head_right + "\n" + document.page_of_pages + "\n";
  for (const Block& block : document.blocks) std::visit(writer, block);
  return writer.out;
}

}  // namespace jawort::testing
