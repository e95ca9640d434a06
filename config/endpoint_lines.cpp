// Takes the words of each line for the arguments of a `server` directive.
#include "config/endpoint_lines.hpp"

#include "config/nginx_lexer.hpp"
#include "config/setters.hpp"
#include "config/source_reader.hpp"
#include "config/upstream_rules.hpp"

#include <utility>

namespace config {
namespace {

std::vector<Node> read_lines(std::uint32_t file, Report& report) {
    std::vector<Node> lines;
    NginxLexer lexer(report.source(file).text, file, report);
    for (auto token = lexer.next(); token.kind != NginxToken::Kind::end; token = lexer.next()) {
        if (token.kind != NginxToken::Kind::word) {
            report.error(token.span, "unexpected punctuation", "a line holds an address and its parameters");
            continue;
        }
        if (lines.empty() || lines.back().span.line != token.span.line)
            lines.push_back({"server", token.span, Node::Form::simple, {}, {}});
        lines.back().arguments.push_back({std::move(token.text), token.span});
    }
    return lines;
}

class Reading {
  public:
    explicit Reading(const Upstream& settings) : upstream_(settings) {
        // What stands in the file is judged as if it stood in the block, together with what does.
        upstream_.endpoints_file.clear();
    }

    SourceReader& reader() { return reader_; }

    EndpointLines finish(const std::string& path, std::optional<std::uint32_t> file) {
        if (file) read(path, *file);
        EndpointLines read;
        if (!report_.has_errors()) read.endpoints = std::move(upstream_.endpoints);
        read.diagnostics = report_.take_diagnostics();
        return read;
    }

  private:
    void read(const std::string& path, std::uint32_t file) {
        const auto of_block = static_cast<std::ptrdiff_t>(upstream_.endpoints.size());
        const Directories directories{directory_of(path), directory_of(path)};
        Model unused;
        Scope scope{report_, directories, unused, Context::upstream};
        scope.upstream = &upstream_;
        Node block{"upstream", {file, 0, 0}, Node::Form::block, {}, read_lines(file, report_)};
        if (block.children.empty())
            report_.error(block.span, "there is no endpoint in it",
                          "mark an endpoint that is to get nothing as down");
        for (const Node& line : block.children) set_upstream_server(line, scope);
        if (!report_.has_errors()) check_upstream(block, upstream_, report_);
        upstream_.endpoints.erase(upstream_.endpoints.begin(), upstream_.endpoints.begin() + of_block);
    }

    Report report_;
    SourceReader reader_{report_, Includes::refuse};
    Upstream upstream_;
};

}  // namespace

EndpointLines load_endpoint_lines(const std::string& path, const Upstream& settings) {
    Reading reading(settings);
    const auto file = reading.reader().read_main(path);
    return reading.finish(path, file);
}

EndpointLines parse_endpoint_lines(const std::string& path, std::string text, const Upstream& settings) {
    Reading reading(settings);
    const auto file = reading.reader().add_text(path, std::move(text));
    return reading.finish(path, file);
}

}  // namespace config
