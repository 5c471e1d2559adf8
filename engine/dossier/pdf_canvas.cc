#include "engine/dossier/pdf_canvas.h"

#include <array>
#include <mutex>
#include <variant>

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include "engine/base/text.h"

namespace jawort {
namespace {

struct Unref {
  void operator()(PangoFontMap* map) const { g_object_unref(map); }
  void operator()(PangoContext* context) const { g_object_unref(context); }
  void operator()(PangoLayout* layout) const { g_object_unref(layout); }
  void operator()(PangoLayoutIter* iter) const { pango_layout_iter_free(iter); }
  void operator()(PangoFontDescription* font) const { pango_font_description_free(font); }
  void operator()(PangoAttrList* list) const { pango_attr_list_unref(list); }
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_t* cairo) const { cairo_destroy(cairo); }
  void operator()(cairo_font_options_t* options) const { cairo_font_options_destroy(options); }
};
template <typename T>
using Held = std::unique_ptr<T, Unref>;

// Fonts are looked for once per process; Pango's maps are not safe for several threads.
std::mutex& one_at_a_time() {
  static std::mutex mutex;
  return mutex;
}
PangoFontMap* font_map() {
  static const Held<PangoFontMap> map(pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT));
  return map.get();
}

// As on paper: 72 points per inch, nothing rounded to the dots of a screen.
Held<PangoContext> make_context() {
  Held<PangoContext> context(pango_font_map_create_context(font_map()));
  const Held<cairo_font_options_t> options(cairo_font_options_create());
  cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias(options.get(), CAIRO_ANTIALIAS_GRAY);
  pango_cairo_context_set_font_options(context.get(), options.get());
  pango_cairo_context_set_resolution(context.get(), 72);
  return context;
}

double points(int pango_units) { return static_cast<double>(pango_units) / PANGO_SCALE; }

cairo_status_t append(void* out, const unsigned char* data, unsigned int length) {
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

void take_ink(cairo_t* cairo, Ink ink) {
  switch (ink) {
    case Ink::kBlack:
      return cairo_set_source_rgb(cairo, 0, 0, 0);
    case Ink::kGrey:
      return cairo_set_source_rgb(cairo, 0.33, 0.33, 0.33);
    case Ink::kLight:
      return cairo_set_source_rgb(cairo, 0.72, 0.72, 0.72);
    case Ink::kRed:
      return cairo_set_source_rgb(cairo, 0.62, 0.08, 0.05);
  }
}

struct LineAt {
  PangoLayoutLine* line;
  double x, baseline;
  Ink ink;
};
struct Rule {
  double x1, y1, x2, y2, width;
  Ink ink;
};
struct Dot {
  double x, y, radius;
  bool filled;
  Ink ink;
};
using Mark = std::variant<LineAt, Rule, Dot>;

void draw(cairo_t* cairo, const LineAt& at) {
  take_ink(cairo, at.ink);
  cairo_move_to(cairo, at.x, at.baseline);
  pango_cairo_show_layout_line(cairo, at.line);
}
void draw(cairo_t* cairo, const Rule& rule) {
  take_ink(cairo, rule.ink);
  cairo_set_line_width(cairo, rule.width);
  cairo_move_to(cairo, rule.x1, rule.y1);
  cairo_line_to(cairo, rule.x2, rule.y2);
  cairo_stroke(cairo);
}
void draw(cairo_t* cairo, const Dot& dot) {
  cairo_new_path(cairo);
  cairo_arc(cairo, dot.x, dot.y, dot.radius, 0, 6.2831853);
  cairo_set_source_rgb(cairo, 1, 1, 1);
  cairo_fill_preserve(cairo);
  take_ink(cairo, dot.ink);
  cairo_set_line_width(cairo, 1.2);
  if (dot.filled) {
    cairo_fill(cairo);
  } else {
    cairo_stroke(cairo);
  }
}

std::size_t boxes_in(const PangoLayoutLine& line) {
  std::size_t count = 0;
  for (const GSList* run = line.runs; run != nullptr; run = run->next) {
    const PangoGlyphString& glyphs = *static_cast<const PangoGlyphItem*>(run->data)->glyphs;
    for (int i = 0; i < glyphs.num_glyphs; ++i) {
      count += (glyphs.glyphs[i].glyph & PANGO_GLYPH_UNKNOWN_FLAG) != 0 ? 1U : 0U;
    }
  }
  return count;
}

struct Bookmark {
  std::size_t page;
  double y;
  std::string title;
  int level;
};

// Ligatures off: a reader who searches or copies gets the letters. No hyphen where a line is broken
// within a word: it would be read as part of a hash.
Held<PangoAttrList> plain_letters() {
  Held<PangoAttrList> list(pango_attr_list_new());
  pango_attr_list_insert(list.get(), pango_attr_font_features_new("liga=0, clig=0"));
  pango_attr_list_insert(list.get(), pango_attr_insert_hyphens_new(FALSE));
  return list;
}

Held<PangoFontDescription> font_of(const TextStyle& style) {
  Held<PangoFontDescription> font(pango_font_description_new());
  pango_font_description_set_family_static(font.get(),
                                           style.code ? "DejaVu Sans Mono" : "DejaVu Sans");
  pango_font_description_set_absolute_size(font.get(), style.size * PANGO_SCALE);
  pango_font_description_set_weight(font.get(),
                                    style.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  return font;
}

}  // namespace

double ShapedText::height() const {
  double all = 0;
  for (const Line& line : lines) all += line.height;
  return all;
}

struct PdfCanvas::Drawing {
  struct Text {
    Held<PangoLayout> layout;
    Ink ink;
  };
  std::lock_guard<std::mutex> lock{one_at_a_time()};
  Held<PangoContext> context{make_context()};
  Held<PangoAttrList> letters{plain_letters()};
  std::vector<Text> texts;
  std::vector<std::vector<Mark>> pages;
  std::vector<Bookmark> bookmarks;
  std::size_t boxes = 0;

  void add_outline(cairo_surface_t* surface) const {
    int parent = CAIRO_PDF_OUTLINE_ROOT, chapter = CAIRO_PDF_OUTLINE_ROOT;
    for (const Bookmark& mark : bookmarks) {
      const std::string place = "page=" + std::to_string(mark.page + 1) + " pos=[0 " +
                                std::to_string(static_cast<int>(mark.y)) + "]";
      parent = mark.level > 1 ? chapter : CAIRO_PDF_OUTLINE_ROOT;
      const int entry =
          cairo_pdf_surface_add_outline(surface, parent, mark.title.c_str(), place.c_str(),
                                        static_cast<cairo_pdf_outline_flags_t>(0));
      if (mark.level == 1) chapter = entry;
    }
  }
};

PdfCanvas::PdfCanvas() : drawing_(std::make_unique<Drawing>()) {}
PdfCanvas::~PdfCanvas() = default;

ShapedText PdfCanvas::shape(std::string_view text, const TextStyle& style, double width) {
  Held<PangoLayout> layout(pango_layout_new(drawing_->context.get()));
  pango_layout_set_font_description(layout.get(), font_of(style).get());
  pango_layout_set_attributes(layout.get(), drawing_->letters.get());
  pango_layout_set_width(layout.get(), static_cast<int>(width * PANGO_SCALE));
  pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
  if (style.right) pango_layout_set_alignment(layout.get(), PANGO_ALIGN_RIGHT);
  if (style.one_line) {
    pango_layout_set_single_paragraph_mode(layout.get(), TRUE);
    pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
  }
  pango_layout_set_text(layout.get(), text.data(), static_cast<int>(text.size()));

  ShapedText shaped;
  shaped.id = drawing_->texts.size();
  const Held<PangoLayoutIter> iter(pango_layout_get_iter(layout.get()));
  do {
    PangoRectangle logical{};
    pango_layout_iter_get_line_extents(iter.get(), nullptr, &logical);
    const double ascent = points(pango_layout_iter_get_baseline(iter.get()) - logical.y);
    const double natural = points(logical.height);
    const double height = std::max(natural, style.size * (style.code ? 1.3 : 1.38));
    shaped.lines.push_back({points(logical.x), ascent + (height - natural) / 2, height});
  } while (pango_layout_iter_next_line(iter.get()));
  drawing_->texts.push_back({std::move(layout), style.ink});
  return shaped;
}

std::size_t PdfCanvas::pages() const { return drawing_->pages.size(); }
void PdfCanvas::add_page() { drawing_->pages.emplace_back(); }

void PdfCanvas::draw_line(std::size_t page, const ShapedText& text, std::size_t line, double x,
                          double y) {
  const Drawing::Text& from = drawing_->texts.at(text.id);
  const ShapedText::Line& place = text.lines.at(line);
  PangoLayoutLine* const drawn =
      pango_layout_get_line_readonly(from.layout.get(), static_cast<int>(line));
  drawing_->boxes += boxes_in(*drawn);
  drawing_->pages.at(page).push_back(LineAt{drawn, x + place.x, y + place.ascent, from.ink});
}

void PdfCanvas::draw_rule(std::size_t page, double x1, double y1, double x2, double y2,
                          double width, Ink ink) {
  drawing_->pages.at(page).push_back(Rule{x1, y1, x2, y2, width, ink});
}

void PdfCanvas::draw_dot(std::size_t page, double x, double y, double radius, bool filled,
                         Ink ink) {
  drawing_->pages.at(page).push_back(Dot{x, y, radius, filled, ink});
}

void PdfCanvas::add_bookmark(std::size_t page, double y, std::string title, int level) {
  drawing_->bookmarks.push_back({page, y, std::move(title), level});
}

std::size_t PdfCanvas::boxes() const { return drawing_->boxes; }

Result<std::string> PdfCanvas::write(const About& about) {
  std::string out;
  const Held<cairo_surface_t> surface(
      cairo_pdf_surface_create_for_stream(append, &out, kPageWidth, kPageHeight));
  cairo_pdf_surface_restrict_to_version(surface.get(), CAIRO_PDF_VERSION_1_5);
  // Cairo would write the time of the machine.
  const std::string date = rfc3339(about.made_at).substr(0, 19) + "Z";
  for (const auto& [what, text] :
       std::initializer_list<std::pair<cairo_pdf_metadata_t, const std::string&>>{
           {CAIRO_PDF_METADATA_TITLE, about.title},
           {CAIRO_PDF_METADATA_CREATE_DATE, date},
           {CAIRO_PDF_METADATA_MOD_DATE, date}}) {
    cairo_pdf_surface_set_metadata(surface.get(), what, text.c_str());
  }
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_CREATOR, "Jawort");
  {
    const Held<cairo_t> cairo(cairo_create(surface.get()));
    for (const std::vector<Mark>& page : drawing_->pages) {
      for (const Mark& mark : page) {
        std::visit([&](const auto& one) { draw(cairo.get(), one); }, mark);
      }
      cairo_show_page(cairo.get());
    }
    drawing_->add_outline(surface.get());
  }
  cairo_surface_finish(surface.get());
  if (cairo_surface_status(surface.get()) != CAIRO_STATUS_SUCCESS) {
    return internal_error("the document could not be drawn as PDF");
  }
  return out;
}

}  // namespace jawort
