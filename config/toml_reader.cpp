// Reads TOML with toml11 and turns keys into directives; the only file that sees that library.
#include "config/toml_reader.hpp"

#include "config/did_you_mean.hpp"
#include "config/directives.hpp"
#include "config/toml_syntax_error.hpp"
#include "config/toml_text.hpp"
#include "config/utf8.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <utility>

#include <toml.hpp>

namespace config {
namespace {

using Value = toml::basic_value<toml::discard_comments, std::map, std::vector>;

constexpr std::size_t max_toml_bytes = 1024 * 1024;

// Where the value stands. value.location() would count lines from the beginning of the file on each call.
std::size_t offset_of(const Value& value) {
    const auto* region = dynamic_cast<const toml::detail::region*>(toml::detail::get_region(value));
    return region ? static_cast<std::size_t>(region->first() - region->begin()) : 0;
}

struct Entry {
    std::string key;
    const Value* value;
    std::size_t offset;
};

// The entries of a table in the order they were written: the table itself is sorted by key.
std::vector<Entry> entries_of(const Value& table) {
    std::vector<Entry> entries;
    for (const auto& [key, value] : table.as_table()) entries.push_back({key, &value, offset_of(value)});
    std::stable_sort(entries.begin(), entries.end(),
                     [](const Entry& left, const Entry& right) { return left.offset < right.offset; });
    return entries;
}

class Reader {
  public:
    Reader(const TomlText& text, Report& report, SourceReader& source_reader)
        : text_(text), report_(report), source_reader_(source_reader) {}

    std::vector<Node> read_file(const Value& root) {
        std::vector<Node> nodes;
        read_table(root, Context::main | Context::http, nodes);
        return nodes;
    }

  private:
    Span span_of(const Value& value) const { return text_.span(offset_of(value)); }

    void read_table(const Value& table, Contexts contexts, std::vector<Node>& nodes) {
        const bool is_root = contexts.overlaps(Context::main);
        for (const auto& entry : entries_of(table)) {
            const Directive* row = find_directive(entry.key, contexts, Syntax::toml);
            const Span key = text_.key_span(entry.key, entry.offset);
            if (!row) {
                nodes.push_back({entry.key, key, Node::Form::simple, {}, {}});  // the builder tells
            } else if (is_root && entry.key == "include") {
                read_includes(*entry.value, nodes);
            } else {
                read_directive(*row, {entry.key, key, Node::Form::simple, {}, {}}, *entry.value, nodes);
            }
        }
    }

    void read_includes(const Value& value, std::vector<Node>& nodes) {
        const std::string directory = directory_of(report_.source(text_.file()).name);
        std::vector<Argument> patterns;
        append_arguments(value, patterns);
        for (const auto& pattern : patterns) {
            for (const auto file : source_reader_.include(pattern.text, directory, pattern.span)) {
                auto included = read_toml(file, report_, source_reader_);
                std::move(included.begin(), included.end(), std::back_inserter(nodes));
            }
        }
    }

    // `node` has its name and place; its arguments and children come out of `value`.
    void read_directive(const Directive& row, Node node, const Value& value, std::vector<Node>& nodes) {
        switch (row.toml) {
            case TomlForm::flag: read_flag(row, std::move(node), value, nodes); break;
            case TomlForm::value: read_value(row, std::move(node), value, nodes); break;
            case TomlForm::list: read_list(row, node, value, nodes); break;
            case TomlForm::pairs: read_pairs(node, value, nodes); break;
            case TomlForm::block: read_block(row, std::move(node), value, nodes); break;
            case TomlForm::blocks: read_blocks(row, node, value, nodes); break;
            case TomlForm::named_block: read_named_blocks(row, value, nodes); break;
        }
    }

    void read_flag(const Directive& row, Node node, const Value& value, std::vector<Node>& nodes) {
        if (!value.is_boolean()) return read_value(row, std::move(node), value, nodes);
        if (value.as_boolean()) nodes.push_back(std::move(node));
    }

    void read_value(const Directive& row, Node node, const Value& value, std::vector<Node>& nodes) {
        if (value.is_table()) {
            if (!read_parameter_table(row, node, value)) return;
        } else if (!append_arguments(value, node.arguments)) {
            return;
        }
        nodes.push_back(std::move(node));
    }

    void read_list(const Directive& row, const Node& node, const Value& value, std::vector<Node>& nodes) {
        if (!value.is_array()) return read_value(row, node, value, nodes);
        if (value.as_array().empty()) {
            report_.error(span_of(value), "the list \"" + node.name + "\" is empty");
        }
        for (const auto& element : value.as_array()) read_value(row, node, element, nodes);
    }

    void read_pairs(const Node& node, const Value& value, std::vector<Node>& nodes) {
        if (value.is_table()) {
            for (const auto& entry : entries_of(value)) {
                Node pair = node;
                pair.span = text_.key_span(entry.key, entry.offset);
                pair.arguments.push_back({entry.key, pair.span});
                if (append_scalar(*entry.value, pair.arguments)) nodes.push_back(std::move(pair));
            }
        } else if (value.is_array()) {
            for (const auto& element : value.as_array()) {
                Node pair = node;
                if (append_arguments(element, pair.arguments)) nodes.push_back(std::move(pair));
            }
        } else {
            report_.error(span_of(value), "\"" + node.name + "\" is a table",
                          "write " + node.name + " = { Name = \"value\" }");
        }
    }

    void read_block(const Directive& row, Node node, const Value& value, std::vector<Node>& nodes) {
        if (!value.is_table()) {
            report_.error(span_of(value), "\"" + node.name + "\" is a table", "write [" + node.name + "]");
            return;
        }
        node.form = Node::Form::block;
        if (*row.opens == Context::location) {
            read_location(value, node);
        } else {
            read_table(value, *row.opens, node.children);
        }
        nodes.push_back(std::move(node));
    }

    void read_blocks(const Directive& row, const Node& node, const Value& value, std::vector<Node>& nodes) {
        if (!value.is_array()) return read_block(row, node, value, nodes);
        for (const auto& element : value.as_array()) {
            Node block = node;
            if (element.is_table()) block.span = text_.key_span(node.name, offset_of(element));
            read_block(row, std::move(block), element, nodes);
        }
    }

    void read_named_blocks(const Directive& row, const Value& value, std::vector<Node>& nodes) {
        const std::string name(row.name_in(Syntax::toml));
        if (!value.is_table()) {
            report_.error(span_of(value), "\"" + name + "\" is a table of tables",
                          "write [" + name + ".NAME]");
            return;
        }
        for (const auto& entry : entries_of(value)) {
            const Span key = text_.key_span(entry.key, entry.offset);
            read_block(row, {name, key, Node::Form::block, {{entry.key, key}}, {}}, *entry.value, nodes);
        }
    }

    // The keys `path` and `match` of a location are its arguments, in nginx's words; the rest are its
    // children.
    void read_location(const Value& table, Node& node) {
        std::string modifier = "^~";
        std::vector<Argument> path;
        Value::table_type rest = table.as_table();
        if (const auto match = rest.find("match"); match != rest.end()) {
            const std::string word = match->second.is_string() ? match->second.as_string().str : "";
            if (word != "exact" && word != "prefix") {
                report_.error(span_of(match->second), "invalid match of a location",
                              "it is \"prefix\" or \"exact\"");
            }
            if (word == "exact") modifier = "=";
            rest.erase(match);
        }
        if (const auto found = rest.find("path"); found != rest.end()) {
            if (!append_scalar(found->second, path)) path.push_back({"/", span_of(found->second)});
            rest.erase(found);
        } else {
            report_.error(node.span, "this location has no path", "add path = \"/\"");
            path.push_back({"/", node.span});
        }
        node.arguments = {{modifier, path.front().span}, path.front()};
        read_table(Value(std::move(rest)), Context::location, node.children);
    }

    // { address = "127.0.0.1:7001", weight = 2, down = true } -> "127.0.0.1:7001" "weight=2" "down"
    bool read_parameter_table(const Directive& row, Node& node, const Value& table) {
        if (row.positional.empty() && !row.parameters) {
            report_.error(span_of(table), "\"" + node.name + "\" is not a table", "it takes a value");
            return false;
        }
        bool is_complete = true;
        for (const auto name : row.positional) {
            const auto found = table.as_table().find(std::string(name));
            if (found != table.as_table().end()) {
                is_complete = append_arguments(found->second, node.arguments) && is_complete;
            } else if (name == row.positional.front()) {
                report_.error(span_of(table), "\"" + std::string(name) + "\" is missing here");
                is_complete = false;
            }
        }
        for (const auto& entry : entries_of(table)) {
            const auto& names = row.positional;
            if (std::find(names.begin(), names.end(), entry.key) == names.end())
                read_parameter(row, node, entry);
        }
        return is_complete;
    }

    void read_parameter(const Directive& row, Node& node, const Entry& entry) {
        std::vector<std::string_view> names = row.positional;
        if (row.parameters) {
            for (const auto& parameter : *row.parameters) {
                names.push_back(parameter.name);
                if (parameter.name != entry.key) continue;
                append_parameter(parameter, entry, node.arguments);
                return;
            }
        }
        report_.error(text_.key_span(entry.key, entry.offset), "unknown key \"" + entry.key + "\"",
                      did_you_mean(entry.key, names));
    }

    void append_parameter(const Parameter& parameter, const Entry& entry, std::vector<Argument>& arguments) {
        using Form = Parameter::Form;
        const Span where = text_.span(entry.offset);
        const bool is_list = parameter.form == Form::values || parameter.form == Form::method;
        const bool is_true = entry.value->is_boolean() && entry.value->as_boolean();
        std::vector<Argument> values;
        if (!(is_list ? append_arguments(*entry.value, values) : append_scalar(*entry.value, values))) return;
        switch (parameter.form) {
            case Form::value:
            case Form::on_off:
            case Form::values:
                for (const auto& value : values) arguments.push_back({entry.key + '=' + value.text, where});
                break;
            case Form::method:
                if (is_true) values.clear();
                values.insert(values.begin(), {entry.key, where});
                arguments.insert(arguments.begin(), values.begin(), values.end());
                break;
            case Form::flag:
                if (is_true)
                    arguments.push_back({entry.key, where});
                else if (!entry.value->is_boolean())
                    report_.error(where, "\"" + entry.key + "\" is either true or false");
                break;
        }
    }

    bool append_arguments(const Value& value, std::vector<Argument>& arguments) {
        if (!value.is_array()) return append_scalar(value, arguments);
        return std::all_of(value.as_array().begin(), value.as_array().end(),
                           [&](const Value& element) { return append_scalar(element, arguments); });
    }

    bool append_scalar(const Value& value, std::vector<Argument>& arguments) {
        const Span where = span_of(value);
        if (value.is_string()) {
            const std::string& text = value.as_string().str;
            if (text.find('\0') != std::string::npos) {
                report_.error(where, "this text holds a NUL character");
                return false;
            }
            arguments.push_back({text, where});
        } else if (value.is_boolean()) {
            arguments.push_back({value.as_boolean() ? "on" : "off", where});
        } else if (value.is_integer()) {
            arguments.push_back({std::to_string(value.as_integer()), where});
        } else if (value.is_floating()) {
            // As it was written: a version is 1.0, not 1.
            const auto rest = text_.text().substr(offset_of(value));
            arguments.push_back({std::string(rest.substr(0, rest.find_first_of(" \t\r\n,]}#"))), where});
        } else {
            report_.error(where, "a value is expected here", "a string, a number, true or false");
            return false;
        }
        return true;
    }

    const TomlText& text_;
    Report& report_;
    SourceReader& source_reader_;
};

}  // namespace

std::vector<Node> read_toml(std::uint32_t file, Report& report, SourceReader& reader) {
    const SourceFile& source = report.source(file);
    if (source.text.size() > max_toml_bytes) {
        report.error({file, 0, 0}, "this file is larger than 1 MiB");
        return {};
    }
    const TomlText text(source.text, file);
    if (const auto nul = source.text.find('\0'); nul != std::string::npos) {
        report.error(text.span(nul), "a NUL character");
        return {};
    }
    // TOML v1.0.0, "Spec". Not left to toml11, which reads past a string that is not UTF-8 when it reports it (3.7.1).
    if (const auto place = find_not_utf8(source.text)) {
        report.error(text.span(*place), "this is not UTF-8", "save the file as UTF-8");
        return {};
    }
    if (const auto place = find_long_line(source.text)) {
        report.error(text.span(*place), "this line is longer than 64 KiB",
                     "break the list into several lines");
        return {};
    }
    if (const auto place = find_too_deep(source.text)) {
        report.error(text.span(*place), "values are nested too deeply");
        return {};
    }
    try {
        std::istringstream stream(source.text);
        const auto root = toml::parse<toml::discard_comments, std::map, std::vector>(stream, source.name);
        return Reader(text, report, reader).read_file(root);
    } catch (const std::exception& error) {
        report_toml_syntax_error(error.what(), text, report);
        return {};
    }
}

}  // namespace config
