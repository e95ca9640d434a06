// Command line of the bench programs: --name=value and nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace load {

class Options {
  public:
    /** Throws std::invalid_argument for anything that is not --name=value. */
    Options(int count, char** arguments);

    /** The value of --name, or `otherwise` when it was not given. */
    std::string text(const std::string& name, std::string_view otherwise);
    /** The same as a number; throws std::invalid_argument when it is none. */
    double number(const std::string& name, double otherwise);
    std::uint64_t count(const std::string& name, std::uint64_t otherwise);

    /** Throws std::invalid_argument when an option was given that nobody asked for. */
    void refuse_others() const;

  private:
    struct Value {
        std::string text;
        bool used = false;
    };
    std::map<std::string, Value> values_;
};

}  // namespace load
