// Builds directives and blocks from nginx tokens; goes on at the next `;` or `}` after a mistake.
#include "config/nginx_parser.hpp"

#include "config/nginx_lexer.hpp"

#include <iterator>
#include <utility>

namespace config {
namespace {

constexpr std::size_t max_block_depth = 32;

class Parser {
  public:
    Parser(std::uint32_t file, const std::string& directory, Report& report, SourceReader& reader)
        : lexer_(report.source(file).text, file, report),
          directory_(directory),
          report_(report),
          reader_(reader) {}

    std::vector<Node> parse_file() {
        std::vector<Node> nodes;
        while (parse_block(nodes, 0)) {
            report_.error(last_.span, "unexpected \"}\"", "no block is open here");
        }
        return nodes;
    }

  private:
    using Kind = NginxToken::Kind;

    // Reads directives up to the closing brace (true) or the end of the file (false).
    bool parse_block(std::vector<Node>& nodes, std::size_t depth) {
        while (true) {
            last_ = lexer_.next();
            switch (last_.kind) {
                case Kind::end: return false;
                case Kind::close_brace: return true;
                case Kind::semicolon: report_.error(last_.span, "unexpected \";\""); break;
                case Kind::open_brace:
                    report_.error(last_.span, "unexpected \"{\"", "a block needs a name before its brace");
                    skip_block(last_.span);
                    break;
                case Kind::word:
                    if (!parse_directive(nodes, depth)) return last_.kind == Kind::close_brace;
                    break;
            }
        }
    }

    // `last_` holds the name. False if the block around ended in the middle of the directive.
    bool parse_directive(std::vector<Node>& nodes, std::size_t depth) {
        Node node{std::move(last_.text), last_.span, Node::Form::simple, {}, {}};
        while (true) {
            last_ = lexer_.next();
            switch (last_.kind) {
                case Kind::word: node.arguments.push_back({std::move(last_.text), last_.span}); break;
                case Kind::semicolon: finish(std::move(node), nodes); return true;
                case Kind::open_brace:
                    parse_children(node, depth);
                    nodes.push_back(std::move(node));
                    return true;
                case Kind::close_brace:
                case Kind::end:
                    report_.error(node.span, "\"" + node.name + "\" is not ended by \";\"");
                    return false;
            }
        }
    }

    void parse_children(Node& node, std::size_t depth) {
        node.form = Node::Form::block;
        const Span brace = last_.span;
        if (depth + 1 >= max_block_depth) {
            report_.error(brace, "blocks are nested too deeply", "at most 32 levels are read");
            skip_block(brace);
        } else if (!parse_block(node.children, depth + 1)) {
            report_.error(brace, "this \"{\" is not closed", "the block \"" + node.name + "\" needs a \"}\"");
        }
    }

    void skip_block(const Span& brace) {
        for (std::size_t open = 1; open > 0;) {
            const auto token = lexer_.next();
            if (token.kind == Kind::open_brace) ++open;
            if (token.kind == Kind::close_brace) --open;
            if (token.kind == Kind::end) {
                report_.error(brace, "this \"{\" is not closed");
                return;
            }
        }
    }

    void finish(Node node, std::vector<Node>& nodes) {
        if (node.name != "include" || node.arguments.size() != 1) {
            nodes.push_back(std::move(node));  // a wrong include is told by the directive table
            return;
        }
        const auto& pattern = node.arguments.front();
        for (const auto file : reader_.include(pattern.text, directory_, pattern.span)) {
            auto included = parse_nginx(file, directory_, report_, reader_);
            std::move(included.begin(), included.end(), std::back_inserter(nodes));
        }
    }

    NginxLexer lexer_;
    const std::string& directory_;
    Report& report_;
    SourceReader& reader_;
    NginxToken last_;
};

}  // namespace

std::vector<Node> parse_nginx(std::uint32_t file, const std::string& directory, Report& report,
                              SourceReader& reader) {
    return Parser(file, directory, report, reader).parse_file();
}

}  // namespace config
