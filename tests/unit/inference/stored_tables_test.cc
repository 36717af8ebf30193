// Tables that a model file brings along: a decoder with them sounds as one that filled its own, and
// what is wrong with them is told in one sentence.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "core/inference/input_tables.h"
#include "tests/support/random_model.h"
#include "tests/unit/inference/golden_files.h"

namespace sideband::test {
namespace {

using ::sideband::DataType;

constexpr int kPitchKnots = 1147;
constexpr int kLoudnessKnots = 561;
constexpr std::size_t kRoom = 16U << 20U;
constexpr std::size_t kNoRoom = 4U << 20U;  // for tables

RandomModelOptions options(int hidden, DataType weights = DataType::kI8) {
  return {.synth = "harmonic_noise",
          .hidden = hidden,
          .reverb = false,
          .seed = 5,
          .weight_scale = 0.07F,
          .weights = weights};
}

template <typename Value>
TensorView view_of(std::string_view name, DataType type, std::vector<int> shape,
                   std::span<const Value> values) {
  TensorView tensor{.name = name, .type = type, .data = std::as_bytes(values)};
  tensor.rank = static_cast<int>(shape.size());
  std::copy(shape.begin(), shape.end(), tensor.shape.begin());
  return tensor;
}

// Copies of a decoder's tables, or as many zeros, as the tensors of a file, which lie there at odd
// addresses.
struct Stored {
  explicit Stored(int hidden) : width(3 * hidden) {
    for (const int knots : {kPitchKnots, kLoudnessKnots}) {
      rows.emplace_back(static_cast<std::size_t>(knots * width));
      units.emplace_back(static_cast<std::size_t>(knots));
    }
  }
  Stored(int hidden, const Decoder& decoder) : Stored(hidden) {
    for (std::size_t i = 0; i < 2; ++i) {
      const TableView table = decoder.table(i);
      EXPECT_EQ(table.rows.size(), rows[i].size());
      EXPECT_EQ(table.units.size(), units[i].size());
      rows[i].assign(table.rows.begin(), table.rows.end());
      units[i].assign(table.units.begin(), table.units.end());
    }
  }

  std::vector<TensorView> tensors() {
    const auto table = [this](std::string_view name, int knots, std::size_t i) {
      odd[i].resize(1 + rows[i].size() * sizeof(std::int16_t));
      std::memcpy(&odd[i][1], rows[i].data(), odd[i].size() - 1);
      return view_of<std::byte>(name, DataType::kI16, {knots, width}, std::span(odd[i]).subspan(1));
    };
    return {table("decoder.tables.pitch", kPitchKnots, 0),
            view_of<float>("decoder.tables.pitch.scale", DataType::kF32, {kPitchKnots}, units[0]),
            table("decoder.tables.loudness", kLoudnessKnots, 1),
            view_of<float>("decoder.tables.loudness.scale", DataType::kF32, {kLoudnessKnots},
                           units[1])};
  }

  int width;
  std::vector<std::vector<std::int16_t>> rows;
  std::vector<std::vector<float>> units;
  std::array<std::vector<std::byte>, 2> odd;
};

// A model's decoder with more tensors than its file has.
struct DecoderWith {
  DecoderWith(const Model& model, const std::vector<TensorView>& more, std::size_t memory_bytes)
      : tensors(model.tensors().begin(), model.tensors().end()), memory(memory_bytes) {
    tensors.insert(tensors.end(), more.begin(), more.end());
    Arena arena(memory);
    status = decoder.prepare(model.decoder, tensors, arena);
    if (!status.ok()) return;
    for (load_steps = 1; decoder.load_step();) ++load_steps;
    status = decoder.load_status();
  }

  std::vector<TensorView> tensors;
  std::vector<std::byte> memory;
  Decoder decoder;
  int load_steps = 0;
  Status status;
};

// Both hear the same, within the tables and beyond, and must answer the same to the bit.
void expect_the_same(Decoder& a, Decoder& b) {
  Controls of_a;
  Controls of_b;
  for (int n = 0; n < 300; ++n) {
    const auto t = static_cast<float>(n);
    const Features features{60 * std::pow(50.0F, 0.5F + 0.5F * std::sin(0.043F * t)), 1.0F,
                            -40.0F + 50.0F * std::sin(0.31F * t)};
    a.decode(features, of_a);
    b.decode(features, of_b);
    ASSERT_EQ(of_a.amplitude, of_b.amplitude) << n;
    ASSERT_EQ(of_a.harmonic, of_b.harmonic) << n;
    ASSERT_EQ(of_a.noise_band, of_b.noise_band) << n;
  }
}

TEST(StoredTables, SoundAsThoseThatAreFilled) {
  for (const DataType weights : {DataType::kI8, DataType::kF16}) {
    LoadedModel filled(random_model(options(192, weights)), kRoom);
    ASSERT_TRUE(filled.status.ok()) << filled.status.message();
    Stored stored(192, filled.decoder);
    DecoderWith copied(filled.model, stored.tensors(), kRoom);
    ASSERT_TRUE(copied.status.ok()) << copied.status.message();
    for (std::size_t i = 0; i < 2; ++i) {
      const TableView table = copied.decoder.table(i);
      EXPECT_TRUE(std::equal(table.rows.begin(), table.rows.end(), stored.rows[i].begin(),
                             stored.rows[i].end()));
      EXPECT_TRUE(std::equal(table.units.begin(), table.units.end(), stored.units[i].begin(),
                             stored.units[i].end()));
    }
    expect_the_same(filled.decoder, copied.decoder);
  }
}

TEST(StoredTables, AreWhatIsLookedUp) {
  LoadedModel filled(random_model(options(192)), kRoom);
  Stored silent(192);  // zeros
  DecoderWith copied(filled.model, silent.tensors(), kRoom);
  ASSERT_TRUE(copied.status.ok()) << copied.status.message();
  Controls of_filled;
  Controls of_copied;
  filled.decoder.decode({440, 1, -20}, of_filled);
  copied.decoder.decode({440, 1, -20}, of_copied);
  EXPECT_NE(of_filled.harmonic, of_copied.harmonic);
}

TEST(StoredTables, AreCopiedInFewSteps) {
  const LoadedModel filled(random_model(options(192)), kRoom);
  Stored stored(192, filled.decoder);
  const DecoderWith copied(filled.model, stored.tensors(), kRoom);
  const int knots = kPitchKnots + kLoudnessKnots;
  const int layers = filled.load_steps - knots / 2;
  const std::size_t bytes = InputTables::bytes(3 * 192);
  EXPECT_GE(copied.load_steps, layers + static_cast<int>(bytes >> 17U));
  EXPECT_LE(copied.load_steps, layers + static_cast<int>(bytes >> 16U));
}

TEST(StoredTables, AreOnlyCheckedWhereThereIsNoRoomForThem) {
  LoadedModel filled(random_model(options(192)), kRoom);
  LoadedModel without(random_model(options(192)), kNoRoom);
  ASSERT_TRUE(without.status.ok()) << without.status.message();
  Stored stored(192, filled.decoder);
  DecoderWith copied(filled.model, stored.tensors(), kNoRoom);
  ASSERT_TRUE(copied.status.ok()) << copied.status.message();
  EXPECT_TRUE(copied.decoder.table(0).rows.empty());
  expect_the_same(without.decoder, copied.decoder);
}

TEST(StoredTables, AreOnlyCheckedBesideExactOrNarrowNetworks) {
  for (const RandomModelOptions& it : {options(192, DataType::kF32), options(16)}) {
    LoadedModel without(random_model(it), kRoom);
    Stored stored(it.hidden);
    DecoderWith with(without.model, stored.tensors(), kRoom);
    ASSERT_TRUE(with.status.ok()) << with.status.message();
    EXPECT_TRUE(with.decoder.table(1).units.empty());
    expect_the_same(without.decoder, with.decoder);
  }
}

// What Decoder::prepare() says of a small model whose tables were changed.
std::string refused(const std::function<void(Stored&, std::vector<TensorView>&)>& change,
                    const std::string& synth = "harmonic_noise") {
  RandomModelOptions small = options(16);
  small.synth = synth;
  const LoadedModel model(random_model(small), kRoom);
  EXPECT_TRUE(model.status.ok()) << model.status.message();
  Stored stored(16);
  std::vector<TensorView> tensors = stored.tensors();
  change(stored, tensors);
  return std::string(DecoderWith(model.model, tensors, kRoom).status.message());
}

TEST(StoredTables, AreThereTogetherOrNotAtAll) {
  const auto without = [](std::ptrdiff_t gone) {
    return refused([gone](Stored&, std::vector<TensorView>& tensors) {
      tensors.erase(tensors.begin() + gone);
    });
  };
  EXPECT_EQ(without(0), "the model lacks the tensor 'decoder.tables.pitch'");
  EXPECT_EQ(without(1),
            "the I16 tensor 'decoder.tables.pitch' lacks an F32 tensor "
            "'decoder.tables.pitch.scale' with 1147 values");
  EXPECT_EQ(without(2), "the model lacks the tensor 'decoder.tables.loudness'");
  EXPECT_EQ(without(3),
            "the I16 tensor 'decoder.tables.loudness' lacks an F32 tensor "
            "'decoder.tables.loudness.scale' with 561 values");
  EXPECT_EQ(refused([](Stored&, std::vector<TensorView>& tensors) {
              tensors.erase(tensors.begin(), tensors.begin() + 3);
            }),
            "the model lacks the tensor 'decoder.tables.pitch'");
}

TEST(StoredTables, OfAnotherShapeAreRefused) {
  EXPECT_EQ(refused([](Stored&, std::vector<TensorView>& tensors) {
              std::swap(tensors[2].shape[0], tensors[2].shape[1]);
            }),
            "tensor 'decoder.tables.loudness' has the shape [48, 561] instead of [561, 48]");
  EXPECT_EQ(refused([](Stored&, std::vector<TensorView>& tensors) { tensors[0].shape[0] = 1146; }),
            "tensor 'decoder.tables.pitch' has the shape [1146, 48] instead of [1147, 48]");
}

TEST(StoredTables, OfAnotherTypeAreRefused) {
  EXPECT_EQ(
      refused([](Stored&, std::vector<TensorView>& tensors) { tensors[0].type = DataType::kF16; }),
      "tensor 'decoder.tables.pitch' is a table, whose dtype must be I16");
  EXPECT_EQ(
      refused([](Stored&, std::vector<TensorView>& tensors) { tensors[1].type = DataType::kI16; }),
      "the I16 tensor 'decoder.tables.pitch' lacks an F32 tensor "
      "'decoder.tables.pitch.scale' with 1147 values");
}

TEST(StoredTables, WithImpossibleUnitsAreRefused) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kLargest = std::numeric_limits<float>::max();
  for (const float unit :
       {-1.0F, kInfinity, -kInfinity, kLargest / 32000, std::numeric_limits<float>::quiet_NaN()}) {
    EXPECT_EQ(
        refused([unit](Stored& stored, std::vector<TensorView>&) { stored.units[1][528] = unit; }),
        "tensor 'decoder.tables.loudness.scale' has a value that is negative, too large or "
        "not finite")
        << unit;
  }
  EXPECT_EQ(refused([](Stored& stored, std::vector<TensorView>&) {
              stored.units[0][0] = kLargest / 32768;
            }),
            "");
}

TEST(StoredTables, AreForNoOtherDecoder) {
  EXPECT_EQ(refused([](Stored&, std::vector<TensorView>&) {}, "fm"),
            "the model has a tensor its decoder does not know: 'decoder.tables.pitch'");
}

TEST(StoredTables, AloneHaveTheirType) {
  const LoadedModel model(random_model(options(16)), kRoom);
  std::vector<TensorView> tensors(model.model.tensors().begin(), model.model.tensors().end());
  static const std::vector<std::int16_t> shorts(48);
  for (TensorView& tensor : tensors) {
    if (tensor.name != "decoder.gru.bias_ih") continue;
    tensor = view_of<std::int16_t>(tensor.name, DataType::kI16, {48}, shorts);
  }
  std::vector<std::byte> memory(kRoom);
  Arena arena(memory);
  Decoder decoder;
  EXPECT_EQ(decoder.prepare(model.model.decoder, tensors, arena).message(),
            "tensor 'decoder.gru.bias_ih' has the dtype I16, which only tables may have");
}

}  // namespace
}  // namespace sideband::test
