// Compiling and matching with PCRE2.
#include "config/pattern.hpp"

#include <array>
#include <vector>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace config {
namespace {

// What strangers send is matched, so an expression that turns round and round has to end: about a tenth of a second.
constexpr std::uint32_t most_steps = 1'000'000;
constexpr std::uint32_t most_heap_kib = 16 * 1024;

struct MatchDeleter {
    void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
    void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};

}  // namespace

boost::system::result<Pattern, Problem> Pattern::compile(const std::string& text) {
    int error = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code* const code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, &error, &offset,
                                           nullptr);
    if (code) return Pattern(std::shared_ptr<const pcre2_code>(code, [](const pcre2_code* owned) {
                  pcre2_code_free(const_cast<pcre2_code*>(owned));
              }));
    std::array<PCRE2_UCHAR, 256> message{};
    pcre2_get_error_message(error, message.data(), message.size());
    return Problem{"invalid regular expression \"" + text + "\"",
                   std::string(reinterpret_cast<const char*>(message.data())) + " (at character " +
                       std::to_string(offset) + ")"};
}

bool Pattern::matches(std::string_view subject) const {
    const std::unique_ptr<pcre2_match_context, MatchDeleter> limits(pcre2_match_context_create(nullptr));
    const std::unique_ptr<pcre2_match_data, MatchDeleter> data(pcre2_match_data_create(1, nullptr));
    if (!limits || !data) return false;
    pcre2_set_match_limit(limits.get(), most_steps);
    pcre2_set_heap_limit(limits.get(), most_heap_kib);
    const char* const begin = subject.empty() ? "" : subject.data();
    return pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(begin), subject.size(), 0, 0, data.get(),
                       limits.get()) >= 0;
}

}  // namespace config
