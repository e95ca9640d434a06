// Comparing and folding names without regard to case.
#include "config/letter_case.hpp"

#include <algorithm>

namespace config {
namespace {

char lower_letter(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = lower_letter(c);
    return result;
}

bool same_name(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return lower_letter(a) == lower_letter(b); });
}

}  // namespace config
