// Collects diagnostics, fills in the source line and include chain of each, and puts them in source order.
#include "config/report.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <tuple>

namespace config {
namespace {

constexpr std::size_t max_entries = 200;

std::string line_of(std::string_view text, std::uint32_t line) {
    for (std::uint32_t i = 1; i < line; ++i) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos) return {};
        text.remove_prefix(end + 1);
    }
    text = text.substr(0, text.find('\n'));
    if (text.ends_with('\r')) text.remove_suffix(1);
    return std::string(text);
}

}  // namespace

std::uint32_t Report::add_source(SourceFile source) {
    sources_.push_back(std::move(source));
    return static_cast<std::uint32_t>(sources_.size() - 1);
}

void Report::error(const Span& where, std::string message, std::string hint) {
    add(Diagnostic::Severity::error, where, {std::move(message), std::move(hint)});
}

void Report::error(const Span& where, Problem problem) {
    add(Diagnostic::Severity::error, where, std::move(problem));
}

void Report::warning(const Span& where, std::string message, std::string hint) {
    add(Diagnostic::Severity::warning, where, {std::move(message), std::move(hint)});
}

void Report::add(Diagnostic::Severity severity, const Span& where, Problem problem) {
    if (severity == Diagnostic::Severity::error) ++error_count_;
    if (entries_.size() >= max_entries) {
        is_full_ = true;
        return;
    }
    const SourceFile& file = sources_[where.file];
    Diagnostic diagnostic{.severity = severity,
                          .file = file.name,
                          .line = where.line,
                          .column = where.column,
                          .message = std::move(problem.message),
                          .hint = std::move(problem.hint),
                          .source_line = where.line > 0 ? line_of(file.text, where.line) : std::string{},
                          .include_chain = {}};
    for (auto from = file.included_from; from; from = sources_[from->file].included_from) {
        diagnostic.include_chain.push_back(sources_[from->file].name + ':' + std::to_string(from->line));
    }
    entries_.push_back({where, std::move(diagnostic)});
}

std::string Report::place(const Span& where) const {
    return sources_[where.file].name + ':' + std::to_string(where.line);
}

std::vector<Diagnostic> Report::take_diagnostics() {
    std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& left, const Entry& right) {
        const auto key = [](const Span& s) { return std::tuple(s.file, s.line, s.column); };
        return key(left.where) < key(right.where);
    });
    // What is wrong on an outer level is found again in each level that inherits it.
    const auto is_same = [](const Entry& left, const Entry& right) {
        return left.where == right.where && left.diagnostic.message == right.diagnostic.message;
    };
    entries_.erase(std::unique(entries_.begin(), entries_.end(), is_same), entries_.end());
    std::vector<Diagnostic> result;
    for (auto& entry : entries_) result.push_back(std::move(entry.diagnostic));
    if (is_full_) {
        Diagnostic last;
        last.file = sources_.front().name;
        last.message = "too many errors, the rest is not shown";
        result.push_back(std::move(last));
    }
    entries_.clear();
    return result;
}

std::vector<SourceFile> Report::take_sources() {
    std::vector<SourceFile> result(std::make_move_iterator(sources_.begin()),
                                   std::make_move_iterator(sources_.end()));
    sources_.clear();
    return result;
}

}  // namespace config
