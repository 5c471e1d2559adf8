// A forked child that tells its parent numbers through a pipe, for tests that kill it. Fork only
// while the parent has no thread running, that is, no store open.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <signal.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace jawort::testing {

class ChildProcess {
 public:
  using Tell = std::function<void(std::int64_t)>;  // thread-safe: one small write to the pipe

  // `work` runs in the child and answers its exit status.
  explicit ChildProcess(const std::function<int(const Tell&)>& work) {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("no pipe");
    pid_ = fork();
    if (pid_ < 0) throw std::runtime_error("no child");
    if (pid_ == 0) {
      close(ends[0]);
      _exit(work([&](std::int64_t number) {
        if (write(ends[1], &number, sizeof number) != sizeof number) _exit(99);
      }));
    }
    close(ends[1]);
    reading_ = ends[0];
  }
  ~ChildProcess() {
    if (pid_ > 0) {
      kill();
      wait();
    }
    close(reading_);
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  // Waits for the next number; nothing when the child has ended and all were read.
  std::optional<std::int64_t> next() {
    std::int64_t number = 0;
    if (read(reading_, &number, sizeof number) != sizeof number) return std::nullopt;
    return number;
  }
  std::vector<std::int64_t> rest() {
    std::vector<std::int64_t> numbers;
    while (const auto number = next()) numbers.push_back(*number);
    return numbers;
  }
  void kill() const { ::kill(pid_, SIGKILL); }
  // The exit status; -1 when a signal ended it.
  int wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  bool has_ended() const {
    siginfo_t info{};
    return waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == pid_;
  }

 private:
  pid_t pid_ = -1;
  int reading_ = -1;
};

}  // namespace jawort::testing
