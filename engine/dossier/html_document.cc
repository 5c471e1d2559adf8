#include "engine/dossier/html_document.h"

#include <algorithm>

#include "engine/base/bytes.h"
#include "engine/base/embedded.h"
#include "engine/base/text.h"
#include "engine/evidence/digest.h"
#include "templates/escaping.h"

namespace jawort {
namespace {

std::string_view style() {
  for (const EmbeddedFile& file : embedded_dossier()) {
    if (file.path == "document.css") return file.content;
  }
  return {};
}

// As the <style> element holds it, which is what the policy's hash is over.
const std::string& style_block() {
  static const std::string block = "\n" + std::string(style());
  return block;
}

std::string policy() {
  return "default-src 'none'; style-src 'sha256-" + to_base64(sha256(as_bytes(style_block()))) +
         "'; base-uri 'none'; form-action 'none'";
}

std::string number(int value) { return std::to_string(value); }

class Page {
 public:
  explicit Page(const PrintedDocument& document) : document_(document) {}

  std::string print() {
    head();
    for (const Block& block : document_.blocks) {
      std::visit([&](const auto& one) { print_block(one); }, block);
    }
    out_ += "</main>\n</body>\n</html>\n";
    return std::move(out_);
  }

 private:
  static std::string escaped(std::string_view text) { return escape_for_html(text); }

  void head() {
    out_ += "<!DOCTYPE html>\n<html lang=\"" + escaped(document_.language) +
            "\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"" +
            policy() +
            "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            "<meta name=\"referrer\" content=\"no-referrer\">\n"
            "<meta name=\"robots\" content=\"noindex\">\n<title>" +
            escaped(document_.title) + "</title>\n<style>" + style_block() +
            "</style>\n</head>\n<body>\n<header>\n<p class=\"running\">" +
            escaped(document_.head_left) + "</p>\n<p class=\"running\">" +
            escaped(document_.head_right) + "</p>\n<h1>" + escaped(document_.title) + "</h1>\n";
    if (!document_.subtitle.empty()) {
      out_ += "<p class=\"subtitle\">" + escaped(document_.subtitle) + "</p>\n";
    }
    out_ += "</header>\n<main>\n";
  }

  static std::string_view class_of(Tone tone) {
    switch (tone) {
      case Tone::kPlain:
        return "";
      case Tone::kStrong:
        return "strong";
      case Tone::kNote:
        return "note";
      case Tone::kCaution:
        return "caution";
    }
    return "";
  }

  static std::string attribute(std::string_view name, std::string_view value) {
    if (value.empty()) return {};
    return " " + std::string(name) + "=\"" + escaped(value) + "\"";
  }

  static std::string class_attribute(const Value& value) {
    std::string classes(class_of(value.tone));
    if (value.face == Face::kCode) classes += classes.empty() ? "code" : " code";
    return attribute("class", classes);
  }

  void print_block(const Heading& heading) {
    const std::string element = heading.level == 1 ? "h2" : "h3";
    out_ += "<" + element + attribute("id", heading.anchor) +
            attribute("class", new_page_ ? "new-page" : "") + ">" + escaped(heading.text) + "</" +
            element + ">\n";
    new_page_ = false;
  }

  void print_block(const Paragraph& paragraph) {
    out_ += "<p" + attribute("class", class_of(paragraph.tone)) + ">" + escaped(paragraph.text) +
            "</p>\n";
  }

  void print_block(const Points& points) {
    const std::string element = points.numbered ? "ol" : "ul";
    out_ += "<" + element + ">\n";
    for (const std::string& item : points.items) out_ += "<li>" + escaped(item) + "</li>\n";
    out_ += "</" + element + ">\n";
  }

  // dir="auto": each text runs as its first strong letter says, whatever stands around it.
  void print_block(const Quotation& quotation) {
    out_ += "<blockquote dir=\"auto\"" + attribute("lang", quotation.language) + ">" +
            escaped(quotation.text) + "</blockquote>\n";
  }

  void print_block(const Verbatim& verbatim) {
    // The first line feed after <pre> does not count.
    out_ += "<pre dir=\"auto\">\n" + escaped(verbatim.text) + "</pre>\n";
  }

  void print_block(const Particulars& particulars) {
    out_ += "<dl>\n";
    for (const Particulars::Row& row : particulars.rows) {
      out_ += "<div><dt>" + escaped(row.label) + "</dt><dd dir=\"auto\"" +
              class_attribute(row.value) + ">" + escaped(row.value.text) + "</dd></div>\n";
    }
    out_ += "</dl>\n";
  }

  void print_block(const Table& table) {
    // Widths as attributes of <col>: the policy lets no style attribute pass.
    int shares = 0;
    for (const Table::Column& column : table.columns) shares += column.share;
    out_ += "<table>\n<colgroup>";
    for (const Table::Column& column : table.columns) {
      out_ += "<col width=\"" + number(column.share * 100 / shares) + "%\">";
    }
    out_ += "</colgroup>\n<thead><tr>";
    for (const Table::Column& column : table.columns) {
      out_ += "<th scope=\"col\">" + escaped(column.title) + "</th>";
    }
    out_ += "</tr></thead>\n<tbody>\n";
    for (const auto& row : table.rows) {
      out_ += "<tr>";
      for (std::size_t i = 0; i < row.size(); ++i) {
        out_ += "<td" + attribute("data-title", table.columns.at(i).title) + " dir=\"auto\"" +
                class_attribute(row[i]) + ">" + escaped(row[i].text) + "</td>";
      }
      out_ += "</tr>\n";
    }
    out_ += "</tbody>\n</table>\n";
  }

  // Drawn narrow, so that it can be read on a telephone without zooming.
  void print_block(const TimeLine& line) {
    constexpr int kX = 14, kText = 34, kLine = 17, kSmall = 16, kGap = 26;
    std::string drawn;
    int y = 14, last = 0;
    for (const TimeLine::Moment& moment : line.moments) {
      const std::string_view kind = moment.solid ? "act" : "";
      if (!moment.after.empty()) {
        drawn += "<line x1=\"" + number(kX) + "\" y1=\"" + number(last + 8) + "\" x2=\"" +
                 number(kX) + "\" y2=\"" + number(y - 9) + "\"/>\n";
        drawn += text(kText, y - kGap + 5, "after", "+ " + moment.after);
      }
      drawn += "<circle cx=\"" + number(kX) + "\" cy=\"" + number(y - 1) + "\" r=\"6\"" +
               attribute("class", kind) + "/>\n";
      last = y;
      for (const std::string& part : broken(moment.what, moment.solid ? 38 : 44)) {
        drawn += text(kText, y + 4, kind, part);
        y += kLine;
      }
      drawn += text(kText, y + 3, "when", moment.when);
      y += kSmall + 2 * kGap - 8;
    }
    const int height = line.moments.empty() ? 0 : y - 2 * kGap + 12;
    out_ += "<figure>\n<svg role=\"img\" viewBox=\"0 0 400 " + number(height) + "\"" +
            attribute("aria-label", line.description + ": " + spoken(line)) + ">\n" + drawn +
            "</svg>\n</figure>\n";
  }

  // SVG breaks no lines.
  static std::vector<std::string> broken(std::string_view text, std::size_t columns) {
    std::vector<std::string> lines;
    for (const std::string_view word : split(text, ' ')) {
      const bool fits =
          !lines.empty() && utf8_length(lines.back()) + 1 + utf8_length(word) <= columns;
      if (fits) {
        lines.back() += " " + std::string(word);
      } else {
        lines.emplace_back(word);
      }
    }
    return lines;
  }

  static std::string text(int x, int y, std::string_view kind, std::string_view what) {
    return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\"" + attribute("class", kind) +
           ">" + escaped(what) + "</text>\n";
  }

  static std::string spoken(const TimeLine& line) {
    std::string all;
    for (const TimeLine::Moment& moment : line.moments) {
      all += (all.empty() ? "" : "; ") + moment.what + ", " + moment.when;
    }
    return all;
  }

  void print_block(const PageBreak&) { new_page_ = true; }

  const PrintedDocument& document_;
  std::string out_;
  bool new_page_ = false;
};

}  // namespace

std::string html_document(const PrintedDocument& document) { return Page(document).print(); }

}  // namespace jawort
