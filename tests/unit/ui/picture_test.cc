// What the pictures of the sound are made of: sidebands, the spectrum's columns, the scope's
// trigger.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <numbers>
#include <vector>

#include "web/ui/output_picture.h"
#include "web/ui/sidebands.h"
#include "web/ui/spectrogram.h"

namespace sideband::ui {
namespace {

const Sideband* find(const SidebandList& list, int order) {
  for (int i = 0; i < list.count; ++i) {
    const Sideband& mark = list.mark[static_cast<std::size_t>(i)];
    if (mark.order == order) return &mark;
  }
  return nullptr;
}

TEST(Sidebands, StandWhereFmPutsThemWithBesselsStrength) {
  FmPatch patch;
  patch.carrier[0] = 1;
  patch.modulation[0][1] = 1;
  patch.i_max = 2;
  SoundingPatch sound{&patch, {1000, 300, 0, 0, 0, 0}, {2, 1, 0, 0, 0, 0}};
  const SidebandList list = list_sidebands(sound, 20000);
  const auto db = [](double amplitude) { return 20 * std::log10(amplitude); };
  ASSERT_NE(find(list, 0), nullptr);
  EXPECT_NEAR(find(list, 0)->level_db, db(0.765197687), 1e-3);  // J0(1)
  for (const int order : {1, -1}) {
    ASSERT_NE(find(list, order), nullptr);
    EXPECT_EQ(find(list, order)->hz, 1000.0F + 300.0F * static_cast<float>(order));
    EXPECT_NEAR(find(list, order)->level_db, db(0.440050586), 1e-3);  // J1(1)
    EXPECT_EQ(find(list, order)->modulator, 1);
  }
  EXPECT_EQ(find(list, -4)->hz, 200) << "folds back at zero";
  EXPECT_LE(list.count, SidebandList::kMost);
}

TEST(Sidebands, AreBoundedWhateverThePatch) {
  FmPatch patch;
  for (auto& row : patch.modulation) row.fill(4);
  patch.carrier.fill(1);
  SoundingPatch sound{&patch, {100, 200, 300, 400, 500, 600}, {10, 10, 10, 10, 10, 10}};
  EXPECT_EQ(list_sidebands(sound, 20000).count, SidebandList::kMost);
}

TEST(OutputPicture, SilenceAndNonsenseAreTidied) {
  const auto picture = std::make_unique<OutputPicture>();
  picture->bin_hz = 6;
  picture->level_db.fill(-INFINITY);
  picture->level_db[100] = NAN;
  picture->level_db[200] = -13.56F;
  picture->sample[3] = NAN;
  picture->tidy();
  EXPECT_EQ(picture->loudest(550, 650), -140);
  EXPECT_NEAR(picture->loudest(1150, 1250), 0, 1e-4);
  EXPECT_EQ(picture->sample[3], 0);
}

TEST(Spectrogram, KeepsTheLastColumnsAndBlanksAPause) {
  const auto picture = std::make_unique<OutputPicture>();
  const auto spectrogram = std::make_unique<Spectrogram>();
  picture->bin_hz = 6;
  picture->level_db.fill(0);
  constexpr int kWide = Spectrogram::kFramesPerColumn;
  spectrogram->push(*picture, 10 * kWide);
  EXPECT_EQ(spectrogram->newest(), 10);
  EXPECT_EQ(spectrogram->column(10)[80], 255);
  picture->level_db.fill(-200);
  spectrogram->push(*picture, 12 * kWide);
  EXPECT_EQ(spectrogram->column(11)[80], 0) << "a column left out repeats the next";
  picture->level_db.fill(0);
  spectrogram->push(*picture, 100 * kWide);
  EXPECT_EQ(spectrogram->column(99)[80], 0);
  EXPECT_EQ(spectrogram->column(100)[80], 255);
}

TEST(Scope, TheTriggerHoldsAPeriodicWaveStill) {
  constexpr int kCount = 4096;
  constexpr int kPeriod = 150;
  constexpr int kLength = 450;
  std::vector<float> shown;
  for (int hop = 0; hop < 20; ++hop) {
    std::vector<float> samples(kCount);
    for (int n = 0; n < kCount; ++n) {
      const double phase = 2 * std::numbers::pi * (n + 731.0 * hop) / kPeriod;
      samples[static_cast<std::size_t>(n)] =
          static_cast<float>(std::sin(phase) + 0.7 * std::sin(2 * phase + 1));
    }
    const int start = find_trigger(samples.data(), kCount, kLength, kPeriod, shown.data(),
                                   static_cast<int>(shown.size()));
    const std::vector<float> next(samples.begin() + start, samples.begin() + start + kLength);
    for (std::size_t i = 0; i < shown.size(); ++i) {
      ASSERT_NEAR(next[i], shown[i], 0.05) << "picture " << hop;
    }
    shown = next;
  }
}

}  // namespace
}  // namespace sideband::ui
