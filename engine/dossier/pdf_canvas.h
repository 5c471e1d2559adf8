// Pages to draw on, in points from the upper left corner of an A4 sheet; written out as PDF once
// the number of pages is known. The only place that knows Pango and Cairo is pdf_canvas.cc.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/result.h"

namespace jawort {

inline constexpr double kPageWidth = 595.276, kPageHeight = 841.890;  // ISO 216 A4

enum class Ink : std::uint8_t { kBlack, kGrey, kLight, kRed };

struct TextStyle {
  double size = 9;
  bool bold = false, code = false;
  bool one_line = false;  // cut off with an ellipsis where it does not fit
  bool right = false;     // aligned
  Ink ink = Ink::kBlack;
};

// A text broken into lines of some width. Belongs to the canvas that shaped it.
struct ShapedText {
  struct Line {
    double x = 0, ascent = 0, height = 0;
  };
  std::size_t id = 0;
  std::vector<Line> lines;
  double height() const;  // of all lines
};

// One canvas at a time in a process: making one waits for the others to go.
class PdfCanvas {
 public:
  PdfCanvas();
  ~PdfCanvas();
  PdfCanvas(const PdfCanvas&) = delete;
  PdfCanvas& operator=(const PdfCanvas&) = delete;

  // REQUIRES: fit_for_print text (printed_document.h), width > 0
  ShapedText shape(std::string_view text, const TextStyle& style, double width);

  std::size_t pages() const;
  void add_page();
  // On any page that is there, counted from 0. `y`: the upper edge of the line.
  void draw_line(std::size_t page, const ShapedText& text, std::size_t line, double x, double y);
  void draw_rule(std::size_t page, double x1, double y1, double x2, double y2, double width,
                 Ink ink);
  void draw_dot(std::size_t page, double x, double y, double radius, bool filled, Ink ink);
  // An entry of the reader's table of contents.
  void add_bookmark(std::size_t page, double y, std::string title, int level);

  struct About {
    std::string title;
    Instant made_at;
  };
  // No other date, name or path than these goes into the file. kInternal: Cairo failed.
  Result<std::string> write(const About& about);

  // How many characters of the lines drawn so far no installed font has: each is drawn as a box.
  std::size_t boxes() const;

 private:
  struct Drawing;
  std::unique_ptr<Drawing> drawing_;
};

}  // namespace jawort
