#include "engine/dossier/pdf_document.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/dossier/pdf_canvas.h"

namespace jawort {
namespace {

constexpr double kLeft = 64, kRight = kPageWidth - 56, kTop = 70, kBottom = kPageHeight - 66;
constexpr double kWidth = kRight - kLeft;
constexpr double kFirstLines = 78;  // what a heading wants below itself on its page
constexpr double kCaptioned = 52;   // what a sentence wants that introduces a table

struct Cell {
  ShapedText text;
  double x = 0;
  std::size_t next = 0;  // line to be drawn next
};

class Press {
 public:
  explicit Press(const PrintedDocument& document) : document_(document) { turn_page(); }

  Result<PdfFile> print() {
    print_title();
    for (std::size_t i = 0; i < document_.blocks.size(); ++i) {
      next_ = i + 1 < document_.blocks.size() ? &document_.blocks[i + 1] : nullptr;
      std::visit([&](const auto& block) { print_block(block); }, document_.blocks[i]);
    }
    print_margins();
    auto bytes = canvas_.write({document_.title, document_.made_at});
    if (!bytes.ok()) return bytes.error();
    return PdfFile{std::move(*bytes), canvas_.boxes()};
  }

 private:
  std::size_t page() const { return canvas_.pages() - 1; }
  void turn_page() {
    canvas_.add_page();
    y_ = kTop;
  }
  bool at_top() const { return y_ <= kTop; }
  void need(double height) {
    if (y_ + height > kBottom && !at_top()) turn_page();
  }
  // What is short enough is not broken.
  void keep_together(double height) {
    if (height < (kBottom - kTop) / 4) need(height);
  }
  void space(double height) {
    if (!at_top()) y_ += height;
  }

  // Lines one below the other, never one alone on a page. `bar`: a rule at their left.
  void print_lines(const ShapedText& text, double x, bool bar = false) {
    const std::size_t count = text.lines.size();
    for (std::size_t i = 0; i < count; ++i) {
      const bool begins = i == 0 && count > 1, nearly_ends = i + 2 == count;
      const double height = text.lines[i].height;
      need(begins || nearly_ends ? height * (count == 3 ? 3 : 2) : height);
      canvas_.draw_line(page(), text, i, x, y_);
      if (bar) canvas_.draw_rule(page(), x - 9, y_ - 1, x - 9, y_ + height + 1, 2, Ink::kLight);
      y_ += height;
    }
  }

  void print_title() {
    print_lines(canvas_.shape(document_.title, {.size = 20, .bold = true}, kWidth), kLeft);
    if (!document_.subtitle.empty()) {
      y_ += 2;
      print_lines(canvas_.shape(document_.subtitle, {.size = 11, .ink = Ink::kGrey}, kWidth),
                  kLeft);
    }
    y_ += 8;
    canvas_.draw_rule(page(), kLeft, y_, kRight, y_, 0.8, Ink::kBlack);
    y_ += 6;
  }

  void print_block(const Heading& heading) {
    const bool chapter = heading.level == 1;
    const auto text =
        canvas_.shape(heading.text, {.size = chapter ? 13.0 : 10.5, .bold = true}, kWidth);
    space(chapter ? 16 : 10);
    need(text.height() + (follows<TimeLine>() ? 200 : kFirstLines));
    canvas_.add_bookmark(page(), y_, heading.text, heading.level);
    print_lines(text, kLeft);
    y_ += chapter ? 5 : 3;
  }

  void print_block(const Paragraph& paragraph) {
    const Tone tone = paragraph.tone;
    TextStyle style{.size = tone == Tone::kNote ? 8.0 : 9.2, .bold = tone == Tone::kStrong};
    if (tone == Tone::kNote) style.ink = Ink::kGrey;
    if (tone == Tone::kCaution) style.ink = Ink::kRed;
    const auto text = canvas_.shape(paragraph.text, style, kWidth);
    const bool introduces = tone == Tone::kStrong || follows<Table>() || follows<Quotation>() ||
                            follows<Verbatim>() || follows<Points>();
    if (introduces) need(text.height() + kCaptioned);
    print_lines(text, kLeft);
    y_ += 5;
  }

  void print_block(const Points& points) {
    int number = 0;
    for (const std::string& item : points.items) {
      const auto text = canvas_.shape(item, {.size = 9.2}, kWidth - 16);
      need(std::min(text.height(), 60.0));
      if (points.numbered) {
        const auto label = canvas_.shape(std::to_string(++number) + ".", {.size = 9.2}, 16);
        canvas_.draw_line(page(), label, 0, kLeft, y_);
      } else {
        canvas_.draw_dot(page(), kLeft + 4, y_ + 6.4, 1.4, true, Ink::kBlack);
      }
      print_lines(text, kLeft + 16);
      y_ += 3;
    }
    y_ += 3;
  }

  void print_block(const Quotation& quotation) {
    const auto text = canvas_.shape(quotation.text, {.size = 10.2}, kWidth - 26);
    y_ += 2;
    keep_together(text.height());
    print_lines(text, kLeft + 14, true);
    y_ += 8;
  }

  void print_block(const Verbatim& verbatim) {
    std::vector<ShapedText> lines;
    double height = 0;
    for (const std::string_view line : split(without_last_feed(verbatim.text), '\n')) {
      lines.push_back(canvas_.shape(line, {.size = 7.6, .code = true}, kWidth - 26));
      height += lines.back().height();
    }
    y_ += 2;
    keep_together(height);
    for (const ShapedText& line : lines) print_lines(line, kLeft + 14, true);
    y_ += 8;
  }

  static std::string_view without_last_feed(std::string_view text) {
    while (text.ends_with('\n')) text.remove_suffix(1);
    return text;
  }

  static TextStyle style_of(const Value& value, double size) {
    TextStyle style{.size = value.face == Face::kCode ? size - 1.3 : size,
                    .bold = value.tone == Tone::kStrong,
                    .code = value.face == Face::kCode};
    if (value.tone == Tone::kCaution) style.ink = Ink::kRed;
    if (value.tone == Tone::kNote) style.ink = Ink::kGrey;
    return style;
  }

  void print_block(const Particulars& particulars) {
    constexpr double kLabels = 138;
    for (const Particulars::Row& row : particulars.rows) {
      std::vector<Cell> cells(2);
      cells[0] = {canvas_.shape(row.label, {.size = 8.6, .ink = Ink::kGrey}, kLabels - 10), kLeft};
      cells[1] = {canvas_.shape(row.value.text, style_of(row.value, 9.2), kWidth - kLabels),
                  kLeft + kLabels};
      print_row(cells, [] {});
    }
    y_ += 8;
  }

  void print_block(const Table& table) {
    constexpr double kGap = 7;
    int shares = 0;
    for (const Table::Column& column : table.columns) shares += column.share;
    std::vector<double> widths;
    for (const Table::Column& column : table.columns) {
      widths.push_back(kWidth * column.share / shares);
    }
    const auto shape_row = [&](auto&& shape) {
      std::vector<Cell> cells;
      double x = kLeft;
      for (std::size_t i = 0; i < widths.size(); ++i) {
        cells.push_back({shape(i, widths[i] - kGap), x});
        x += widths[i];
      }
      return cells;
    };
    const auto heads = [&] {
      auto cells = shape_row([&](std::size_t i, double width) {
        return canvas_.shape(table.columns[i].title, {.size = 7.6, .bold = true}, width);
      });
      draw_cells(cells, height_of(cells));
      canvas_.draw_rule(page(), kLeft, y_, kRight, y_, 0.8, Ink::kBlack);
      y_ += 3;
    };
    need(40);
    heads();
    for (const auto& row : table.rows) {
      auto cells = shape_row([&](std::size_t i, double width) {
        return canvas_.shape(row.at(i).text, style_of(row.at(i), 8.2), width);
      });
      print_row(cells, heads);
    }
    y_ += 8;
  }

  static double height_of(const std::vector<Cell>& cells) {
    double height = 0;
    for (const Cell& cell : cells) height = std::max(height, cell.text.height());
    return height;
  }

  // As many lines of each cell as go into `height`; moves on below the longest.
  void draw_cells(std::vector<Cell>& cells, double height) {
    double deepest = y_;
    for (Cell& cell : cells) {
      double y = y_;
      for (; cell.next < cell.text.lines.size(); ++cell.next) {
        const double line = cell.text.lines[cell.next].height;
        if (y + line > y_ + height + 0.01) break;
        canvas_.draw_line(page(), cell.text, cell.next, cell.x, y);
        y += line;
      }
      deepest = std::max(deepest, y);
    }
    y_ = deepest + 2;
  }

  // A row stays on one page unless it is longer than a third of one. `on_new_page` comes first
  // there.
  template <typename OnNewPage>
  void print_row(std::vector<Cell>& cells, const OnNewPage& on_new_page) {
    const double height = height_of(cells);
    const auto done = [&] {
      return std::ranges::all_of(
          cells, [](const Cell& cell) { return cell.next >= cell.text.lines.size(); });
    };
    const bool may_break = height > (kBottom - kTop) / 3;
    const double first = may_break ? 40 : height;
    if (y_ + first + 4 > kBottom && !at_top()) {
      turn_page();
      on_new_page();
    }
    for (;;) {
      draw_cells(cells, kBottom - y_ - 4);
      if (done()) break;
      turn_page();
      on_new_page();
    }
    canvas_.draw_rule(page(), kLeft, y_, kRight, y_, 0.3, Ink::kLight);
    y_ += 3;
  }

  void print_block(const TimeLine& line) {
    constexpr double kX = kLeft + 100, kText = kX + 16;
    space(2);
    for (std::size_t i = 0; i < line.moments.size(); ++i) {
      const TimeLine::Moment& moment = line.moments[i];
      const auto what =
          canvas_.shape(moment.what, {.size = 9.2, .bold = moment.solid}, kRight - kText);
      const auto when =
          canvas_.shape(moment.when, {.size = 8.2, .ink = Ink::kGrey}, kRight - kText);
      const double height = what.height() + when.height() + 9;
      const std::size_t before = page();
      need(height);
      const double dot = y_ + what.lines.front().height / 2;
      if (i > 0) {
        const double from = page() == before ? last_dot_ : kTop - 6;
        canvas_.draw_rule(page(), kX, from + 4, kX, dot - 4, 1, Ink::kLight);
      }
      if (!moment.after.empty()) {
        const auto after = canvas_.shape(
            "+ " + moment.after, {.size = 7.6, .one_line = true, .right = true, .ink = Ink::kGrey},
            kX - kLeft - 12);
        canvas_.draw_line(page(), after, 0, kLeft, y_ + 1);
      }
      canvas_.draw_dot(page(), kX, dot, 3.2, moment.solid, Ink::kBlack);
      last_dot_ = dot;
      print_lines(what, kText);
      print_lines(when, kText);
      y_ += 9;
    }
    y_ += 4;
  }

  void print_block(const PageBreak&) {
    if (!at_top()) turn_page();
  }

  template <typename Kind>
  bool follows() const {
    return next_ != nullptr && std::holds_alternative<Kind>(*next_);
  }

  void print_margins() {
    const TextStyle style{.size = 7.6, .one_line = true, .ink = Ink::kGrey};
    TextStyle right = style;
    right.right = true;
    const std::size_t count = canvas_.pages();
    const auto left_head = canvas_.shape(document_.head_left, style, kWidth * 0.62);
    const auto right_head = canvas_.shape(document_.head_right, right, kWidth * 0.36);
    for (std::size_t i = 0; i < count; ++i) {
      canvas_.draw_line(i, left_head, 0, kLeft, 38);
      canvas_.draw_line(i, right_head, 0, kLeft + kWidth * 0.64, 38);
      canvas_.draw_rule(i, kLeft, 52, kRight, 52, 0.4, Ink::kLight);
      std::string number = replace_all(document_.page_of_pages, "{n}", std::to_string(i + 1));
      number = replace_all(std::move(number), "{m}", std::to_string(count));
      canvas_.draw_line(i, canvas_.shape(document_.title, style, kWidth * 0.62), 0, kLeft,
                        kPageHeight - 46);
      canvas_.draw_line(i, canvas_.shape(number, right, kWidth * 0.36), 0, kLeft + kWidth * 0.64,
                        kPageHeight - 46);
    }
  }

  const PrintedDocument& document_;
  PdfCanvas canvas_;
  const Block* next_ = nullptr;  // what comes after the block in print
  double y_ = kTop, last_dot_ = 0;
};

}  // namespace

Result<PdfFile> pdf_document(const PrintedDocument& document) { return Press(document).print(); }

}  // namespace jawort
