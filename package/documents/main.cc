// jawort_documents FOLDER: writes what the package brings beside the program.
#include <exception>
#include <fstream>
#include <iostream>

#include "package/documents/documents.h"

namespace {

void write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 2) throw std::runtime_error("usage: jawort_documents FOLDER");
    const std::string folder = std::string(argv[1]) + "/";
    const auto grammar = jawort::describe_grammar();
    write(folder + "jawort.1", jawort::documents::manual_of_program(grammar));
    write(folder + "jawort.toml.5", jawort::documents::manual_of_config());
    write(folder + "jawort.bash", jawort::documents::bash_completion(grammar));
    write(folder + "jawort.toml", jawort::documents::packaged_config("/var/lib/jawort"));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
