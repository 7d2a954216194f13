#include <algorithm>
#include <cmath>
#include <limits>

#include "backends/cpu/testing/open_call.h"

namespace tfjs_native {
namespace {

constexpr double kAnyScore = -std::numeric_limits<double>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

struct Selected {
  std::vector<int32_t> indices;
  std::vector<float> scores;
};

struct Rules {
  double most = 0;
  double iou_threshold = 0.5;
  double score_threshold = kAnyScore;
  double soft_nms_sigma = 0;
};

TestTensor boxes_of(const std::vector<float>& corners) {
  return test_tensor<float>({static_cast<int64_t>(corners.size() / 4), 4}, corners);
}

TestTensor scores_of(const std::vector<float>& scores) {
  return test_tensor<float>({static_cast<int64_t>(scores.size())}, scores);
}

Selected select(const TestTensor& boxes, const TestTensor& scores, const Rules& rules) {
  std::vector<TestTensor> outputs{open_output(DType::kInt32, {kOpenExtent}),
                                  open_output(DType::kFloat32, {kOpenExtent})};
  const Status status =
      run_open_call("NonMaxSuppressionV5", {boxes, scores}, outputs, {},
                    {rules.most, rules.iou_threshold, rules.score_threshold, rules.soft_nms_sigma});
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(outputs[0].desc.shape, outputs[1].desc.shape);
  return {outputs[0].values<int32_t>(), outputs[1].values<float>()};
}

/// Boxes around three places that are far apart.
const std::vector<float> kPairs = {0, 0,  1, 1,  0, 0.1f,  1, 1.1f,  0, -0.1f, 1, 0.9f,
                                   0, 10, 1, 11, 0, 10.1f, 1, 11.1f, 0, 100,   1, 101};
const std::vector<float> kPairScores = {0.9f, 0.75f, 0.6f, 0.95f, 0.5f, 0.3f};

TEST(NonMaxSuppression, TheBestOfEachClusterByFallingScore) {
  const Selected all = select(boxes_of(kPairs), scores_of(kPairScores), {.most = 6});
  EXPECT_EQ(all.indices, (std::vector<int32_t>{3, 0, 5}));
  EXPECT_EQ(all.scores, (std::vector<float>{0.95f, 0.9f, 0.3f}));
  const Rules two{.most = 2};
  EXPECT_EQ(select(boxes_of(kPairs), scores_of(kPairScores), two).indices,
            (std::vector<int32_t>{3, 0}));
  const Rules good{.most = 6, .score_threshold = 0.4};
  EXPECT_EQ(select(boxes_of(kPairs), scores_of(kPairScores), good).indices,
            (std::vector<int32_t>{3, 0}));
}

TEST(NonMaxSuppression, CornersComeInAnyOrder) {
  const std::vector<float> flipped = {1, 1, 0, 0, 0, 1.1f, 1, 0.1f, 1, 10, 0, 11};
  EXPECT_EQ(select(boxes_of(flipped), scores_of({0.5f, 0.6f, 0.7f}), {.most = 3}).indices,
            (std::vector<int32_t>{2, 1}));
}

TEST(NonMaxSuppression, NothingToSelect) {
  EXPECT_TRUE(select(boxes_of({}), scores_of({}), {.most = 0}).indices.empty());
  EXPECT_TRUE(select(boxes_of(kPairs), scores_of(kPairScores), {.most = 0}).indices.empty());
  const Rules too_good{.most = 6, .score_threshold = 1};
  EXPECT_TRUE(select(boxes_of(kPairs), scores_of(kPairScores), too_good).indices.empty());
  const Rules nan{.most = 6, .score_threshold = kNaN};
  EXPECT_TRUE(select(boxes_of(kPairs), scores_of(kPairScores), nan).indices.empty());
  const std::vector<float> nans(6, kNaN);
  EXPECT_TRUE(select(boxes_of(kPairs), scores_of(nans), {.most = 6}).indices.empty());
}

TEST(NonMaxSuppression, TheFirstOfEqualScores) {
  const std::vector<float> same = {0, 0, 1, 1, 0, 0, 1, 1, 0, 5, 1, 6, 0, 5, 1, 6};
  EXPECT_EQ(select(boxes_of(same), scores_of({1, 1, 1, 1}), {.most = 4}).indices,
            (std::vector<int32_t>{0, 2}));
}

TEST(NonMaxSuppression, TheThresholdItselfIsTooMuch) {
  // Two wide each, one in common: a third.
  const std::vector<float> thirds = {0, 0, 1, 2, 0, 1, 1, 3};
  const TestTensor boxes = boxes_of(thirds);
  const TestTensor scores = scores_of({2, 1});
  EXPECT_EQ(select(boxes, scores, {.most = 2, .iou_threshold = 1.0 / 3}).indices.size(), 1u);
  const double above = std::nextafter(1.0 / 3, 1.0);
  EXPECT_EQ(select(boxes, scores, {.most = 2, .iou_threshold = above}).indices.size(), 2u);
  // What has nothing in common reaches 0.
  const TestTensor apart = boxes_of({0, 0, 1, 1, 0, 5, 1, 6});
  EXPECT_EQ(select(apart, scores, {.most = 2, .iou_threshold = 0}).indices.size(), 1u);
}

TEST(NonMaxSuppression, BoxesWithoutAreaOverlapNothing) {
  const std::vector<float> points = {0, 0, 1, 1, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f};
  EXPECT_EQ(select(boxes_of(points), scores_of({3, 2, 1}), {.most = 3}).indices,
            (std::vector<int32_t>{0, 1, 2}));
}

TEST(NonMaxSuppression, ANaNBesideASelectedBoxTakesTheWholeScore) {
  const TestTensor boxes = boxes_of({0, 0, 1, 1, 0, kNaN, 1, 6, 0, 10, 1, 11});
  const TestTensor scores = scores_of({3, 2, 1});
  // What is left, 0, counts where the threshold is lower.
  const Selected any = select(boxes, scores, {.most = 3});
  EXPECT_EQ(any.indices, (std::vector<int32_t>{0, 2, 1}));
  EXPECT_EQ(any.scores, (std::vector<float>{3, 1, 0}));
  EXPECT_EQ(select(boxes, scores, {.most = 3, .score_threshold = 0.5}).indices,
            (std::vector<int32_t>{0, 2}));
  // The first one has nothing beside it.
  EXPECT_EQ(select(boxes, scores_of({1, 2, 3}), {.most = 1}).indices, (std::vector<int32_t>{2}));
}

TEST(NonMaxSuppression, SoftScoresFallByTheGaussianOfWhatIsInCommon) {
  const TestTensor boxes = boxes_of({0, 0, 1, 2, 0, 1, 1, 3, 0, 10, 1, 11});
  const TestTensor scores = scores_of({0.9f, 0.8f, 0.7f});
  const Selected soft = select(boxes, scores, {.most = 3, .soft_nms_sigma = 0.5});
  const double lowered = static_cast<double>(0.8f) * std::exp(-1.0 / 9);
  ASSERT_EQ(soft.indices, (std::vector<int32_t>{0, 1, 2}));
  EXPECT_FLOAT_EQ(soft.scores[1], static_cast<float>(lowered));
  const Selected softer = select(boxes, scores, {.most = 3, .soft_nms_sigma = 0.1});
  EXPECT_EQ(softer.indices, (std::vector<int32_t>{0, 2, 1}));
  EXPECT_FLOAT_EQ(softer.scores[2],
                  static_cast<float>(static_cast<double>(0.8f) * std::exp(-5.0 / 9)));
}

TEST(NonMaxSuppression, WholeNumbersAreBoxesToo) {
  const TestTensor boxes = test_tensor<int32_t>({2, 4}, {0, 0, 10, 10, 1, 1, 10, 10});
  EXPECT_EQ(select(boxes, test_tensor<int32_t>({2}, {1, 2}), {.most = 2}).indices,
            (std::vector<int32_t>{1}));
  EXPECT_EQ(select(boxes, bool_tensor({2}, {1, 0}), {.most = 2}).indices,
            (std::vector<int32_t>{0}));
}

TEST(NonMaxSuppression, V4CountsAndPads) {
  for (const bool is_padded : {false, true}) {
    const Shape shape = is_padded ? Shape{5} : Shape{kOpenExtent};
    std::vector<TestTensor> outputs{open_output(DType::kInt32, shape),
                                    open_output(DType::kInt32, {})};
    ASSERT_TRUE(run_open_call("NonMaxSuppressionV4", {boxes_of(kPairs), scores_of(kPairScores)},
                              outputs, {}, {5, 0.5, kAnyScore, 0})
                    .ok());
    std::vector<int32_t> expected = {3, 0, 5};
    if (is_padded) expected.resize(5);
    EXPECT_EQ(outputs[0].values<int32_t>(), expected);
    EXPECT_EQ(outputs[1].values<int32_t>(), (std::vector<int32_t>{3}));
  }
}

TEST(NonMaxSuppression, NoMemoryForAResult) {
  for (const int fails_at : {0, 1}) {
    std::vector<TestTensor> outputs{open_output(DType::kInt32, {kOpenExtent}),
                                    open_output(DType::kFloat32, {kOpenExtent})};
    const Status status =
        run_open_call("NonMaxSuppressionV5", {boxes_of(kPairs), scores_of(kPairScores)}, outputs,
                      {}, {5, 0.5, kAnyScore, 0}, fails_at);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::kOutOfMemory);
  }
}

double intersection_over_union(const float* a, const float* b) {
  const double height = std::min<double>(a[2], b[2]) - std::max<double>(a[0], b[0]);
  const double width = std::min<double>(a[3], b[3]) - std::max<double>(a[1], b[1]);
  if (height <= 0 || width <= 0) return 0;
  const double area_a = (static_cast<double>(a[2]) - a[0]) * (static_cast<double>(a[3]) - a[1]);
  const double area_b = (static_cast<double>(b[2]) - b[0]) * (static_cast<double>(b[3]) - b[1]);
  return height * width / (area_a + area_b - height * width);
}

// Enough boxes for several blocks of comparisons. What is selected has less in common than the
// threshold, and what is not has more with a better one.
TEST(NonMaxSuppression, ManyBoxes) {
  unsigned state = 5;
  const auto next = [&] {
    state = state * 1664525u + 1013904223u;
    return static_cast<float>(state >> 8) / (1 << 24);
  };
  constexpr int32_t kCount = 700;
  constexpr double kThreshold = 0.2;
  std::vector<float> corners;
  std::vector<float> scores;
  for (int32_t i = 0; i < kCount; ++i) {
    const float y = 30 * next();
    const float x = 30 * next();
    corners.insert(corners.end(), {y, x, y + 1 + next(), x + 1 + next()});
    scores.push_back(next());
  }
  const Selected selected =
      select(boxes_of(corners), scores_of(scores), {.most = kCount, .iou_threshold = kThreshold});
  EXPECT_GT(selected.indices.size(), 100u);
  EXPECT_LT(selected.indices.size(), 600u);
  std::vector<bool> is_selected(kCount);
  for (size_t i = 0; i < selected.indices.size(); ++i) {
    const int32_t box = selected.indices[i];
    is_selected[static_cast<size_t>(box)] = true;
    EXPECT_EQ(selected.scores[i], scores[static_cast<size_t>(box)]);
    EXPECT_LE(selected.scores[i], selected.scores[i == 0 ? 0 : i - 1]);
  }
  for (int32_t i = 0; i < kCount; ++i) {
    bool is_covered = false;
    for (const int32_t other : selected.indices) {
      if (other == i || scores[static_cast<size_t>(other)] < scores[static_cast<size_t>(i)])
        continue;
      is_covered |= intersection_over_union(&corners[static_cast<size_t>(4 * i)],
                                            &corners[static_cast<size_t>(4 * other)]) >= kThreshold;
    }
    EXPECT_NE(is_covered, is_selected[static_cast<size_t>(i)]) << i;
  }
}

}  // namespace
}  // namespace tfjs_native
