// A template as the vendor's library holds it. kainjow's header stays in parsed_template.cc.
#pragma once

#include <initializer_list>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "templates/renderer.h"
#include "templates/template_files.h"
#include "templates/variables.h"

namespace jawort {

// A view in the vendor's form: made once, read by any number of templates and threads. For a list
// "purposes" there is also the condition "has_purposes".
class ViewData {
 public:
  explicit ViewData(const View& view);
  ViewData(ViewData&&) noexcept;
  ~ViewData();

  bool has_text(const std::string& dotted_name) const;  // there, and not empty

  struct Vendor;
  const Vendor& vendor() const { return *vendor_; }

 private:
  std::unique_ptr<Vendor> vendor_;
};

// Immutable; threads may render at once.
class ParsedTemplate {
 public:
  // Values are escaped for HTML in pages/ and in *.html.mustache, and left as they are elsewhere.
  // `reserved`: the one variable that may stand in three braces. kConfiguration naming the file.
  // REQUIRES: files holds `path`
  static Result<ParsedTemplate> make(const TemplateFiles& files, std::string_view path,
                                     const VariableSet& known, std::string_view reserved = {});
  ParsedTemplate(ParsedTemplate&&) noexcept;
  ParsedTemplate& operator=(ParsedTemplate&&) noexcept;
  ~ParsedTemplate();

  std::string render(std::initializer_list<const ViewData*> outermost_first) const;

  const std::string& source() const { return source_; }  // partials put in
  const std::set<std::string, std::less<>>& used() const { return used_; }
  const std::set<std::string, std::less<>>& urls_needed() const { return urls_needed_; }

 private:
  ParsedTemplate();
  struct Vendor;
  std::string source_;
  std::set<std::string, std::less<>> used_, urls_needed_;
  std::unique_ptr<Vendor> vendor_;
};

}  // namespace jawort
