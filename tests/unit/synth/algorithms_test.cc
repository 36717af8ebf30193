// The DX7's algorithms as tables: every one is a sound patch, and the layouts route as printed.
#include "core/synth/fm/algorithms.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

#include "tests/unit/synth/fm_reference.h"

namespace sideband {
namespace {

FmPatch patch_with_full_carriers() {
  FmPatch patch;
  patch.carrier = {1, 1, 1, 1, 1, 1};
  return patch;
}

// "2>1 …" of everything in a matrix, the feedback's edge apart.
std::string edges_of(const FmPatch& patch) {
  std::string words;
  for (int from = 6; from >= 1; --from) {
    for (int to = 1; to <= 6; ++to) {
      if (patch.modulation[static_cast<std::size_t>(to - 1)][static_cast<std::size_t>(from - 1)] !=
          0) {
        words += std::to_string(from) + ">" + std::to_string(to) + " ";
      }
    }
  }
  words += "|";
  for (int op = 1; op <= 6; ++op) {
    if (patch.carrier[static_cast<std::size_t>(op - 1)] != 0) words += " " + std::to_string(op);
  }
  return words;
}

std::string routing_of(int algorithm) {
  FmPatch patch = patch_with_full_carriers();
  set_routing(patch, kDx7Algorithms[static_cast<std::size_t>(algorithm - 1)]);
  return edges_of(patch);
}

TEST(Algorithms, RouteAsPrintedOnTheInstrument) {
  EXPECT_EQ(routing_of(1), "6>5 6>6 5>4 4>3 2>1 | 1 3");
  EXPECT_EQ(routing_of(4), "6>5 5>4 4>6 3>2 2>1 | 1 4");
  EXPECT_EQ(routing_of(6), "6>5 5>6 4>3 2>1 | 1 3 5");
  EXPECT_EQ(routing_of(8), "6>5 5>3 4>3 4>4 2>1 | 1 3");
  EXPECT_EQ(routing_of(10), "6>4 5>4 3>2 3>3 2>1 | 1 4");
  EXPECT_EQ(routing_of(14), "6>4 6>6 5>4 4>3 2>1 | 1 3");
  EXPECT_EQ(routing_of(16), "6>5 6>6 5>1 4>3 3>1 2>1 | 1");
  EXPECT_EQ(routing_of(18), "6>5 5>4 4>1 3>1 3>3 2>1 | 1");
  EXPECT_EQ(routing_of(19), "6>4 6>5 6>6 3>2 2>1 | 1 4 5");
  EXPECT_EQ(routing_of(21), "6>4 6>5 3>1 3>2 3>3 | 1 2 4 5");
  EXPECT_EQ(routing_of(22), "6>3 6>4 6>5 6>6 2>1 | 1 3 4 5");
  EXPECT_EQ(routing_of(28), "5>4 5>5 4>3 2>1 | 1 3 6");
  EXPECT_EQ(routing_of(32), "6>6 | 1 2 3 4 5 6");
}

TEST(Algorithms, AreThirtyTwoDifferentOnesWithOneFeedbackEach) {
  std::set<std::string> seen;
  for (int algorithm = 1; algorithm <= 32; ++algorithm) {
    SCOPED_TRACE(algorithm);
    EXPECT_TRUE(seen.insert(routing_of(algorithm)).second);
    FmPatch patch = patch_with_full_carriers();
    set_routing(patch, kDx7Algorithms[static_cast<std::size_t>(algorithm - 1)], 0.25F);
    int upwards = 0;
    for (std::size_t to = 0; to < kOperators; ++to) {
      bool heard = patch.carrier[to] > 0;
      for (std::size_t from = 0; from < kOperators; ++from) {
        const float gain = patch.modulation[to][from];
        if (from <= to && gain != 0) {
          EXPECT_EQ(gain, 0.25F);
          ++upwards;
        } else if (gain != 0) {
          EXPECT_EQ(gain, 1.0F);
        }
        heard = heard || patch.modulation[from][to] != 0;
      }
      EXPECT_TRUE(heard) << "operator " << to + 1 << " goes nowhere";
    }
    EXPECT_EQ(upwards, 1);
  }
}

TEST(Algorithms, MoreCarriersAreNotLouder) {
  FmPatch patch;
  patch.carrier = {1, 0, 1, 0, 0, 0};
  set_routing(patch, kDx7Algorithms[31]);
  for (const float gain : patch.carrier) EXPECT_FLOAT_EQ(gain, 1.0F / 3);
  set_routing(patch, kDx7Algorithms[15]);
  EXPECT_EQ(patch.carrier[0], 1.0F);
}

TEST(Algorithms, ConfigurationsAreThoseOfThePapers) {
  ASSERT_EQ(kFmConfigurations.size(), test::fm_configurations().size());
  for (std::size_t i = 0; i < kFmConfigurations.size(); ++i) {
    const FmPatch expected = test::patch_of(test::fm_configurations()[i], 1);
    FmPatch patch = patch_with_full_carriers();
    set_routing(patch, kFmConfigurations[i].algorithm);
    EXPECT_EQ(patch.modulation, expected.modulation) << kFmConfigurations[i].name;
    EXPECT_EQ(patch.carrier, expected.carrier);
    EXPECT_EQ(kFmConfigurations[i].ratio, expected.ratio);
  }
}

}  // namespace
}  // namespace sideband
