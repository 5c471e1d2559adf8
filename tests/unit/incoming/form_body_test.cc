#include "webhooks/incoming/form_body.h"

#include <string>

#include "tests/support/catch.h"

namespace jawort {
namespace {

constexpr const char* kUrlencoded = "application/x-www-form-urlencoded";
constexpr const char* kMultipart = "multipart/form-data; boundary=\"b b\"";

FormBody urlencoded(const std::string& body) { return parse_form_body(kUrlencoded, body); }
FormBody json(const std::string& body) { return parse_form_body("application/json", body); }

std::string part(const std::string& head, const std::string& value) {
  return "--b b\r\n" + head + "\r\n\r\n" + value + "\r\n";
}
std::string named(const std::string& name, const std::string& value) {
  return part("Content-Disposition: form-data; name=\"" + name + "\"", value);
}
FormBody multipart(const std::string& parts) {
  return parse_form_body(kMultipart, parts + "--b b--\r\n");
}

std::string print(const FormBody& body) {
  if (!body.ok()) return std::to_string(body.status);
  std::string text;
  for (const FormEntry& entry : body.entries) {
    text += entry.name + '=' + (entry.is_text ? entry.value : "<no text>") + ';';
  }
  return text;
}

TEST_CASE("urlencoded bodies") {
  CHECK(print(urlencoded("")) == "");
  CHECK(print(urlencoded("a=1&b=x+y%20z&a=%C3%A4")) == "a=1;b=x y z;a=\u00e4;");
  CHECK(print(urlencoded("a&=b&&c=d=e&")) == "a=;=b;c=d=e;");
  CHECK(print(urlencoded("a=%")) == "400");
  CHECK(print(urlencoded("a=%4")) == "400");
  CHECK(print(urlencoded("a=%zz")) == "400");
  CHECK(print(urlencoded("%4=a")) == "400");
  CHECK(print(urlencoded("a=%00")) == "400");
  CHECK(print(urlencoded("a=%C0%80")) == "400");     // overlong NUL
  CHECK(print(urlencoded("a=%ED%A0%80")) == "400");  // surrogate
  CHECK(print(urlencoded("a=\xff")) == "400");
  CHECK(print(urlencoded("_charset_=UTF-8&a=b")) == "_charset_=UTF-8;a=b;");
  CHECK(print(urlencoded("_charset_=iso-8859-1&a=b")) == "415");
  CHECK(print(urlencoded(std::string(kFieldNameLimit + 1, 'n') + "=1")) == "400");
}

TEST_CASE("a body longer than the vendor's own limit passes, up to ours") {
  CHECK(urlencoded("a=" + std::string(20000, 'x')).entries.at(0).value.size() == 20000);
  CHECK(urlencoded("a=" + std::string(kFormBodyLimit - 2, 'x')).ok());
  CHECK(urlencoded("a=" + std::string(kFormBodyLimit - 1, 'x')).status == 413);
}

TEST_CASE("64 fields in every encoding, not 65") {
  const auto bodies = [](std::size_t count) {
    std::string url, parts, object;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string name = "f" + std::to_string(i);
      url += name + "=1&";
      parts += named(name, "1");
      object += (i == 0 ? "{\"" : ",\"") + name + "\":1";
    }
    return std::vector<int>{urlencoded(url).status, multipart(parts).status,
                            json(object + "}").status};
  };
  CHECK(bodies(kFormFieldsLimit) == std::vector<int>{0, 0, 0});
  CHECK(bodies(kFormFieldsLimit + 1) == std::vector<int>{413, 413, 413});
}

TEST_CASE("media types") {
  const auto status = [](const char* type, const char* body) {
    return parse_form_body(type, body).status;
  };
  CHECK(status("application/x-www-form-urlencoded; charset=UTF-8", "a=b") == 0);
  CHECK(status("Application/JSON;charset=\"utf-8\"", "{}") == 0);
  CHECK(status("application/x-www-form-urlencoded; charset=iso-8859-1", "a=b") == 415);
  CHECK(status("application/json; charset=utf-16", "{}") == 415);
  CHECK(status("text/plain", "a=b") == 415);
  CHECK(status("", "a=b") == 415);
  CHECK(status("", "") == 0);
  CHECK(status("application", "a=b") == 415);
  CHECK(status("application/json; charset", "{}") == 415);
  CHECK(status("application/json; charset=utf-8; charset=latin1", "{}") == 415);
  CHECK(status("multipart/form-data", "") == 400);
  CHECK(status("multipart/form-data; boundary=\"a\\\"b\"", "") == 400);
}

TEST_CASE("multipart bodies") {
  CHECK(print(multipart(named("a", "1") + named("b", "two\r\nlines"))) == "a=1;b=two\r\nlines;");
  CHECK(print(multipart(named("a", ""))) == "a=;");
  CHECK(print(multipart("")) == "");
  CHECK(print(multipart(named("a", "--b"))) == "a=--b;");
  CHECK(print(multipart(named("q%22uote", "1"))) == "q\"uote=1;");
  CHECK(print(multipart(part("content-disposition: FORM-DATA; name=a", "1"))) == "a=1;");
  CHECK(print(multipart(part("Content-Disposition: form-data; name=\"a\"\r\n"
                             "Content-Type: text/plain; charset=utf-8\r\n"
                             "Content-Transfer-Encoding: 8bit",
                             "\u00e4"))) == "a=\u00e4;");
  CHECK(print(multipart(part("Content-Disposition: form-data; name=\"f\"; filename=\"x.png\"\r\n"
                             "Content-Type: image/png",
                             std::string("\x89\0\xff", 3)))) == "f=<no text>;");
}

TEST_CASE("broken multipart bodies") {
  const std::string good = named("a", "1");
  CHECK(print(parse_form_body(kMultipart, "")) == "400");
  CHECK(print(parse_form_body(kMultipart, good)) == "400");                        // not closed
  CHECK(print(parse_form_body(kMultipart, "x\r\n" + good + "--b b--")) == "400");  // preamble
  CHECK(print(parse_form_body(kMultipart, good + "--b b--\r\nmore")) == "400");    // epilogue
  CHECK(print(parse_form_body(kMultipart, good + "--b bx\r\n\r\n--b b--")) == "400");
  CHECK(print(multipart("--b b\r\n\r\n1\r\n")) == "400");  // no Content-Disposition
  CHECK(print(multipart(part("Content-Disposition: form-data", "1"))) == "400");
  CHECK(print(multipart(part("Content-Disposition: attachment; name=\"a\"", "1"))) == "400");
  CHECK(print(multipart(part("Content-Disposition: form-data; name=\"a\"; name=\"b\"", "1"))) ==
        "400");
  CHECK(print(multipart(part("Content-Disposition: form-data; name=\"a", "1"))) == "400");
  CHECK(print(multipart(part("Content-Disposition: form-data; name=\"a\"\r\n"
                             "Content-Disposition: form-data; name=\"b\"",
                             "1"))) == "400");
  CHECK(print(multipart(part("Content-Disposition: form-data; name=\"a\"\nX: y", "1"))) == "400");
  CHECK(print(multipart(
            part("X: " + std::string(3000, 'x') + "\r\nContent-Disposition: form-data; name=\"a\"",
                 "1"))) == "400");
  CHECK(print(multipart(named("a", std::string("\0", 1)))) == "400");
  CHECK(print(multipart(named("a", "\xff"))) == "400");
  CHECK(print(multipart(part("Content-Disposition: form-data; name=\"a\"\r\n"
                             "Content-Transfer-Encoding: base64",
                             "MQ=="))) == "415");
  CHECK(print(multipart(part("Content-Disposition: form-data; name=\"a\"\r\n"
                             "Content-Type: text/plain; charset=iso-8859-1",
                             "1"))) == "415");
}

TEST_CASE("JSON bodies") {
  CHECK(print(json(R"({"email":"a@b.c","n":12,"f":1.5,"t":true,"u":"\u00e4"})")) ==
        "email=a@b.c;n=12;f=1.5;t=true;u=\u00e4;");
  CHECK(print(json(R"({"big":9007199254740993,"none":null})")) == "big=9007199254740993;");
  CHECK(print(json(R"({"consent":["a","b"],"consent2":"c"})")) ==
        "consent=a;consent=b;consent2=c;");
  CHECK(print(json(R"({"consent":[]})")) == "");
  CHECK(print(json(R"({"o":{"x":1},"l":[["y"]]})")) == "o=<no text>;l=<no text>;");
  CHECK(print(json(R"({"same":{"x":1,"y":2},"x":3})")) == "same=<no text>;x=3;");
}

TEST_CASE("broken JSON bodies") {
  for (const std::string& body :
       {std::string(), std::string("{"), std::string("[]"), std::string("\"a\""),
        std::string("{\"a\":1,}"), std::string("{\"a\":1} x"), std::string("{'a':1}"),
        std::string(R"({"a":1,"a":2})"), std::string(R"({"a":1,"\u0061":2})"),
        std::string(R"({"a":"\u0000"})"), std::string(R"({"a":"\ud800"})"),
        std::string("{\"a\":\"\xff\"}"), std::string("{\"a\":1e999}"),
        "{\"a\":" + std::string(30000, '[') + std::string(30000, ']') + "}"}) {
    CAPTURE(body.substr(0, 40));
    CHECK(print(json(body)) == "400");
  }
}

TEST_CASE("names are counted as they were sent") {
  const FormBody body = urlencoded("a=1&a=2&b=3");
  CHECK(body.count("a") == 2);
  CHECK(body.count("c") == 0);
  CHECK(body.find("a")->value == "1");
  CHECK(body.find("c") == nullptr);
  CHECK(body.kind == BodyKind::kUrlencoded);
}

}  // namespace
}  // namespace jawort
