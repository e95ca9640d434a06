// What the error log says when failures take an endpoint out.
#include "proxy/observe/outage.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/proxy/captured_errors.hpp"
#include "tests/upstream/endpoints.hpp"

namespace proxy_tests {
namespace {

using Consequence = upstream::Endpoint::Consequence;
using testing::EndsWith;
using testing::HasSubstr;

class Outage : public testing::Test {
  protected:
    std::string logged(Consequence consequence, std::string_view deed = {}) const {
        proxy::observe::log_outage(*endpoint, consequence, 42, deed);
        return errors.text();
    }

    CapturedErrors errors;
    std::shared_ptr<upstream::Endpoint> endpoint = upstream_tests::make_endpoint(
        upstream_tests::settings(1), 0, std::make_shared<upstream::LivePool>("chat"));
};

TEST_F(Outage, IsNotToldOfWhereThereIsNone) { EXPECT_EQ(logged(Consequence::none), ""); }

TEST_F(Outage, NamesConnectionEndpointAndPool) {
    const std::string line = logged(Consequence::taken_out);
    EXPECT_THAT(line, HasSubstr("[warn]"));
    EXPECT_THAT(line, EndsWith(
        ": *42 upstream server temporarily disabled: endpoint 127.0.0.1:7000 of upstream \"chat\"\n"));
}

TEST_F(Outage, DoesNotClaimWhatMaxEjectedHasPrevented) {
    EXPECT_THAT(logged(Consequence::spared, "has reset a tunnel at once"),
                EndsWith("temporarily disabled, or would be but for max_ejected: endpoint 127.0.0.1:7000 of upstream "
                         "\"chat\" has reset a tunnel at once\n"));
}

}  // namespace
}  // namespace proxy_tests
