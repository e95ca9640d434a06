// Collects what is wrong with a configuration together with the files it was read from.
#pragma once

#include "config/diagnostic.hpp"
#include "config/node.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace config {

/// Why a piece of text is not what it should be, before anyone knows where it stood.
struct Problem {
    Problem() = default;
    Problem(std::string what, std::string remedy) : message(std::move(what)), hint(std::move(remedy)) {}

    std::string message;
    std::string hint;
};

class Report {
  public:
    /// Keeps a file and gives it its number. References to earlier files stay valid.
    std::uint32_t add_source(SourceFile source);
    const SourceFile& source(std::uint32_t file) const { return sources_[file]; }
    std::size_t source_count() const { return sources_.size(); }

    void error(const Span& where, std::string message, std::string hint = {});
    void error(const Span& where, Problem problem);
    void warning(const Span& where, std::string message, std::string hint = {});

    bool has_errors() const { return error_count_ > 0; }
    std::size_t error_count() const { return error_count_; }

    /// "FILE:LINE" of a place, for messages about an earlier occurrence.
    std::string place(const Span& where) const;

    /// All diagnostics in source order (files in reading order), each once; at most a few hundred are kept.
    std::vector<Diagnostic> take_diagnostics();
    std::vector<SourceFile> take_sources();

  private:
    struct Entry {
        Span where;
        Diagnostic diagnostic;
    };
    void add(Diagnostic::Severity severity, const Span& where, Problem problem);

    std::deque<SourceFile> sources_;
    std::vector<Entry> entries_;
    std::size_t error_count_ = 0;
    bool is_full_ = false;
};

}  // namespace config
