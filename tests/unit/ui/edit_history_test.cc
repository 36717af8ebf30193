// Undo and redo: bit-equal states, one step per gesture, and models that come in between.
#include "web/ui/edit_history.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

namespace sideband::ui {
namespace {

EditState random_state(std::mt19937& random) {
  std::uniform_real_distribution<float> value(-3, 3);
  EditState state;
  for (float& v : state.param) v = value(random);
  for (FmPatch& patch : state.patch) {
    for (float& v : patch.ratio) v = value(random);
    for (auto& row : patch.modulation) {
      for (float& v : row) v = value(random);
    }
    for (float& v : patch.carrier) v = value(random);
  }
  return state;
}

bool same_bits(const EditState& a, const EditState& b) {
  return std::memcmp(a.param.data(), b.param.data(), sizeof a.param) == 0 &&
         std::memcmp(a.patch.data(), b.patch.data(), sizeof a.patch) == 0;
}

TEST(EditHistory, WalksBackAndForthOverBitEqualStates) {
  std::mt19937 random(1);
  EditHistory history;
  std::vector<EditState> states;
  for (int i = 0; i < 60; ++i) {
    states.push_back(random_state(random));
    history.commit(states.back());
  }
  for (int i = 58; i >= 0; --i) {
    ASSERT_TRUE(history.can_undo());
    ASSERT_TRUE(same_bits(history.undo(), states[static_cast<std::size_t>(i)])) << i;
  }
  EXPECT_FALSE(history.can_undo());
  EXPECT_TRUE(same_bits(history.undo(), states[0])) << "nothing before the first";
  for (std::size_t i = 1; i < 60; ++i) ASSERT_TRUE(same_bits(history.redo(), states[i])) << i;
  EXPECT_FALSE(history.can_redo());
}

TEST(EditHistory, ForgetsTheOldestAndWhatWasUndone) {
  std::mt19937 random(2);
  EditHistory history;
  std::vector<EditState> states;
  for (int i = 0; i < EditHistory::kCapacity + 30; ++i) {
    states.push_back(random_state(random));
    history.commit(states.back());
  }
  int steps = 0;
  while (history.can_undo()) {
    ASSERT_TRUE(
        same_bits(history.undo(), states[states.size() - 2 - static_cast<std::size_t>(steps)]));
    ++steps;
  }
  EXPECT_EQ(steps, EditHistory::kCapacity - 1);
  const EditState next = random_state(random);
  history.commit(next);
  EXPECT_FALSE(history.can_redo());
  EXPECT_TRUE(same_bits(history.undo(), states[30]));
  EXPECT_TRUE(same_bits(history.redo(), next));
}

TEST(EditHistory, TheSameStateOrAnotherSlotIsNoStep) {
  std::mt19937 random(3);
  EditHistory history;
  EditState state = random_state(random);
  history.commit(state);
  history.commit(state);
  state.param[static_cast<std::size_t>(Param::kSlot)] += 1;
  history.commit(state);
  EXPECT_FALSE(history.can_undo());
}

TEST(EditRecorder, ADragIsOneStepAndSoIsARunOfKeys) {
  EditRecorder recorder;
  EditState state;
  recorder.start_from(state);
  double now_s = 0;
  for (int frame = 0; frame < 200; ++frame, now_s += 0.016) {  // three seconds of dragging
    state.param[5] = static_cast<float>(frame);
    recorder.watch(state, true, now_s);
    EXPECT_FALSE(recorder.history.can_undo());
  }
  recorder.watch(state, false, now_s);
  EXPECT_TRUE(recorder.history.can_undo());
  for (int key = 0; key < 5; ++key, now_s += 0.1) {
    state.param[6] = static_cast<float>(key + 1);
    recorder.watch(state, false, now_s);
  }
  recorder.watch(state, false, now_s + EditRecorder::kPauseS + 0.01);
  EXPECT_EQ(recorder.history.undo().param[6], 0);
  EXPECT_EQ(recorder.history.undo().param[5], 0);
  EXPECT_FALSE(recorder.history.can_undo());
}

TEST(EditRecorder, AnUndoIsNotRecordedAndALoadedModelIsNoStep) {
  EditRecorder recorder;
  EditState state;
  recorder.start_from(state);
  state.param[5] = 2;
  recorder.watch(state, false, 1, true);
  const EditState undone = recorder.history.undo();
  recorder.adopt(undone);
  recorder.watch(undone, false, 10);
  EXPECT_TRUE(recorder.history.can_redo());

  FmPatch loaded;
  loaded.ratio[2] = 14;
  EditState with_model = undone;
  with_model.patch[1] = loaded;
  recorder.replace_patch(1, loaded);
  recorder.watch(with_model, false, 20);
  EXPECT_FALSE(recorder.history.can_undo());
  EXPECT_EQ(recorder.history.redo().patch[1].ratio[2], 14);
}

}  // namespace
}  // namespace sideband::ui
