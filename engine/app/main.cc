#include "engine/app/run.h"

int main(int argc, char** argv) {
  return jawort::run(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
