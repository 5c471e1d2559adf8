#include "engine/dossier/print_pdf.h"

#include <cairo-pdf.h>

namespace jawort {
namespace {

cairo_status_t append(void* out, const unsigned char* data, unsigned int length) {
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

}  // namespace

Result<std::string> dossier_pdf(const CaseRecord& record) {
  std::string out;
  cairo_surface_t* surface = cairo_pdf_surface_create_for_stream(append, &out, 595.276, 841.890);
  cairo_t* page = cairo_create(surface);
  cairo_move_to(page, 72, 72);
  cairo_show_text(page, record.purpose.c_str());
  cairo_destroy(page);
  cairo_surface_finish(surface);
  const bool good = cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS;
  cairo_surface_destroy(surface);
  if (!good) return internal_error("the dossier could not be drawn as PDF");
  return out;
}

}  // namespace jawort
