// Lines to and from the harness.
#include "load/console.hpp"

#include <cstdio>
#include <iostream>

namespace load {
namespace {

std::string wait_for_line() {
    std::string line;
    std::getline(std::cin, line);  // the end of the input counts as a line: whoever started this is gone
    return line;
}

std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (const char each : text) {
        if (each == '"' || each == '\\') result += '\\';
        result += each < ' ' ? ' ' : each;
    }
    return result + '"';
}

}  // namespace

void announce_ready() {
    std::puts("ready");
    std::fflush(stdout);
    wait_for_line();
}

void Errors::add(const std::string& reason) {
    ++count_;
    if (reasons_.size() < 5) reasons_.push_back(reason);
}

bool report(const Errors& errors, const std::vector<Figure>& figures) {
    std::printf("{\"errors\": %llu, \"reasons\": [", static_cast<unsigned long long>(errors.count()));
    const char* separator = "";
    for (const auto& reason : errors.reasons()) {
        std::printf("%s%s", separator, quoted(reason).c_str());
        separator = ", ";
    }
    std::printf("]");
    for (const auto& figure : figures)
        std::printf(", \"%.*s\": %.9g", static_cast<int>(figure.name.size()), figure.name.data(),
                    figure.value);
    std::puts("}");
    std::fflush(stdout);
    return wait_for_line() == "again";
}

}  // namespace load
