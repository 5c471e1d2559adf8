// Starts tests/support/smtp/scripted_server.py (its rules and its record are described there) and
// reads what it wrote down.
#pragma once

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <signal.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/bytes.h"
#include "tests/support/temporary_folder.h"

namespace jawort::testing {

// The repository, found from the working folder or the program's own place upwards.
inline std::filesystem::path repository_root() {
  namespace fs = std::filesystem;
  for (fs::path start : {fs::current_path(), fs::read_symlink("/proc/self/exe")}) {
    for (; start.has_relative_path(); start = start.parent_path()) {
      if (fs::exists(start / "tests/support/smtp/scripted_server.py")) return start;
    }
  }
  throw std::runtime_error("the repository is not above the working folder");
}

// A program that ends with this object: it holds the other end of the program's standard input.
class ChildProgram {
 public:
  explicit ChildProgram(std::vector<std::string> arguments) {
    std::array<int, 2> in{}, out{};
    if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0) {
      throw std::runtime_error("no pipe");
    }
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(in[0], STDIN_FILENO);
      dup2(out[1], STDOUT_FILENO);
      execvp(argv[0], argv.data());
      _exit(127);
    }
    close(in[0]);
    close(out[1]);
    input_ = in[1];
    output_ = out[0];
  }
  ~ChildProgram() {
    close(input_);
    close(output_);
    if (pid_ <= 0) return;
    // No answer is worth waiting for any more, and a server in the middle of a delay would not go.
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
  ChildProgram(const ChildProgram&) = delete;
  ChildProgram& operator=(const ChildProgram&) = delete;

  // One line of its output; what there is when the program ends first.
  std::string read_line() {
    std::string line;
    char c = 0;
    while (read(output_, &c, 1) == 1 && c != '\n') line += c;
    return line;
  }

 private:
  pid_t pid_ = -1;
  int input_ = -1, output_ = -1;
};

// Keys and certificates cost half a second: made once per test program.
inline const TemporaryFolder& certificate_folder() {
  static const TemporaryFolder folder;
  return folder;
}

struct ReceivedMessage {
  std::string sender, recipient, helo, tls, auth;
  std::string data;
  int connection = 0;
};

class ScriptedServer {
 public:
  // `options` as on the command line of scripted_server.py.
  explicit ScriptedServer(const std::vector<std::string>& options = {})
      : program_(command(options, record_file())) {
    const std::string line = program_.read_line();
    if (!line.starts_with("port ")) throw std::runtime_error("the scripted server did not start");
    port_ = std::stoi(line.substr(5));
  }

  int port() const { return port_; }
  std::string url(std::string_view scheme = "smtp", std::string_view host = "127.0.0.1") const {
    return std::string(scheme) + "://" + std::string(host) + ":" + std::to_string(port_);
  }
  static std::string ca_file() { return certificate_folder().file("ca.pem"); }

  // The record so far. A message is in it before the server answers to its dot.
  std::vector<nlohmann::json> events(std::string_view kind = {}) const {
    std::vector<nlohmann::json> found;
    std::ifstream file(record_file());
    for (std::string line; std::getline(file, line);) {
      auto event = nlohmann::json::parse(line);
      if (kind.empty() || event["event"] == kind) found.push_back(std::move(event));
    }
    return found;
  }

  std::vector<ReceivedMessage> messages() const {
    std::vector<ReceivedMessage> found;
    for (const auto& event : events("message")) {
      const auto text = [&](const char* key) {
        return event[key].is_string() ? event[key].get<std::string>() : std::string();
      };
      const auto bytes = from_base64(text("data"));
      found.push_back({text("sender"), event["recipients"].at(0), text("helo"), text("tls"),
                       text("auth"), std::string(as_text(bytes.value())), event["connection"]});
    }
    return found;
  }

  // How many of the recorded lines begin with `verb`, in the clear or not.
  long lines_with(std::string_view verb) const {
    const auto lines = events("line");
    return std::ranges::count_if(lines, [&](const nlohmann::json& event) {
      return event["line"].get<std::string>().starts_with(verb);
    });
  }

 private:
  std::string record_file() const { return folder_.file("record.jsonl"); }

  static std::vector<std::string> command(const std::vector<std::string>& options,
                                          const std::string& record) {
    const auto script = repository_root() / "tests/support/smtp/scripted_server.py";
    std::vector<std::string> arguments{
        "/usr/bin/python3",         "-B", script.string(), "--record", record, "--certificate-dir",
        certificate_folder().path()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return arguments;
  }

  TemporaryFolder folder_;
  ChildProgram program_;
  int port_ = 0;
};

}  // namespace jawort::testing
