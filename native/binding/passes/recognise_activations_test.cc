#include <functional>
#include <numbers>

#include "binding/testing/pass_bench.h"

namespace tfjs_native {
namespace {

/// Makes a graph's activation of x in some spelling.
class Spelling {
 public:
  explicit Spelling(PassBench& bench) : maker_(bench), x_(maker_.input({3, 17})) {}

  GraphMaker& maker() { return maker_; }
  TensorId x() const { return x_; }
  TensorId mul(TensorId a, TensorId b) { return maker_.call("Multiply", {a, b}); }
  TensorId mul(TensorId a, double b) { return mul(a, number(b)); }
  TensorId mul(double a, TensorId b) { return mul(number(a), b); }
  TensorId div(TensorId a, double b) { return maker_.call("RealDiv", {a, number(b)}); }
  TensorId add(TensorId a, TensorId b) { return maker_.call("Add", {a, b}); }
  TensorId add(TensorId a, double b) { return add(a, number(b)); }
  TensorId add(double a, TensorId b) { return add(number(a), b); }
  TensorId pow(TensorId a, double b) { return maker_.call("Pow", {a, number(b)}); }
  TensorId of(const char* op, TensorId a) { return maker_.call(op, {a}); }
  TensorId number(double value) { return maker_.scalar(static_cast<float>(value)); }
  TensorId clip(TensorId a, double low, double high) {
    return maker_.call(
        "ClipByValue", {a},
        {{"clipValueMin", tfjs_native::number(low)}, {"clipValueMax", tfjs_native::number(high)}});
  }

 private:
  GraphMaker maker_;
  TensorId x_;
};

using Make = std::function<TensorId(Spelling&)>;

void expect_becomes(const char* wanted, const std::vector<Make>& spellings) {
  PassBench bench;
  int index = 0;
  for (const Make& make : spellings) {
    SCOPED_TRACE(std::string(wanted) + ", spelling " + std::to_string(index++));
    Spelling spelling(bench);
    const TensorId y = make(spelling);
    const Graph after = bench.checked(spelling.maker().finish({y}),
                                      {"recognise-rectifiers", "recognise-activations"}, 2e-6);
    EXPECT_EQ(ops_of(after), wanted);
  }
}

TEST(RecogniseRectifiers, Clips) {
  expect_becomes("Relu", {
                             [](Spelling& s) {
                               return s.maker().call("Maximum", {s.x(), s.number(0)});
                             },
                             [](Spelling& s) {
                               return s.maker().call("Maximum", {s.number(0), s.x()});
                             },
                         });
  expect_becomes("Relu6",
                 {
                     [](Spelling& s) { return s.clip(s.x(), 0.0, 6.0); },
                     [](Spelling& s) {
                       const TensorId relu = s.maker().call("Maximum", {s.x(), s.number(0)});
                       return s.maker().call("Minimum", {relu, s.number(6)});
                     },
                     [](Spelling& s) {
                       return s.maker().call("Minimum", {s.number(6), s.of("Relu", s.x())});
                     },
                     [](Spelling& s) {
                       const TensorId capped = s.maker().call("Minimum", {s.x(), s.number(6)});
                       return s.maker().call("Maximum", {capped, s.number(0)});
                     },
                 });
}

TEST(RecogniseRectifiers, Slopes) {
  expect_becomes("LeakyRelu", {
                                  [](Spelling& s) {
                                    return s.maker().call("Maximum", {s.x(), s.mul(0.25, s.x())});
                                  },
                                  [](Spelling& s) {
                                    return s.maker().call("Maximum", {s.mul(s.x(), 0.25), s.x()});
                                  },
                              });
  const auto below = [](Spelling& s, TensorId slopes) {
    return s.mul(slopes, s.of("Relu", s.of("Neg", s.x())));
  };
  expect_becomes("Prelu",
                 {
                     [=](Spelling& s) {
                       return s.add(s.of("Relu", s.x()), below(s, s.maker().constant({17})));
                     },
                     [=](Spelling& s) {
                       return s.add(below(s, s.maker().constant({3, 1})), s.of("Relu", s.x()));
                     },
                     [=](Spelling& s) {
                       const TensorId scaled = s.mul(s.of("Relu", s.mul(s.x(), -1.0)), 0.5);
                       return s.maker().call("Sub", {s.of("Relu", s.x()), scaled});
                     },
                 });
  PassBench bench;
  const auto is_changed = [&](const Make& make) {
    Spelling spelling(bench);
    const TensorId y = make(spelling);
    bench.checked(spelling.maker().finish({y}), {"recognise-rectifiers", "recognise-activations"});
    return bench.is_changed;
  };
  EXPECT_FALSE(is_changed([](Spelling& s) {
    return s.maker().call("Maximum", {s.x(), s.mul(s.x(), 1.5)});
  }));
  EXPECT_FALSE(is_changed([](Spelling& s) {
    return s.maker().call("Minimum", {s.x(), s.mul(s.x(), 0.5)});
  }));
  EXPECT_FALSE(is_changed([](Spelling& s) {
    return s.maker().call("Maximum", {s.of("Abs", s.x()), s.mul(s.x(), 0.5)});
  }));
  // Slopes that come with the run, that widen x, or of another x; the wrong difference.
  EXPECT_FALSE(is_changed(
      [=](Spelling& s) { return s.add(s.of("Relu", s.x()), below(s, s.maker().input({17}))); }));
  EXPECT_FALSE(is_changed([=](Spelling& s) {
    return s.add(s.of("Relu", s.x()), below(s, s.maker().constant({2, 1, 1})));
  }));
  EXPECT_FALSE(is_changed([=](Spelling& s) {
    return s.add(s.of("Relu", s.of("Abs", s.x())), below(s, s.maker().constant({17})));
  }));
  EXPECT_FALSE(is_changed([=](Spelling& s) {
    return s.maker().call("Sub", {below(s, s.maker().constant({17})), s.of("Relu", s.x())});
  }));
  // Of which nothing times 0 is 0.
  for (const float slope : {INFINITY, -INFINITY, NAN}) {
    EXPECT_FALSE(is_changed([=](Spelling& s) {
      return s.add(s.of("Relu", s.x()), below(s, s.maker().constant({3, 1}, {0.5f, slope, 1})));
    }));
  }
}

TEST(RecogniseActivations, Swish) {
  expect_becomes(
      "_Swish",
      {
          [](Spelling& s) { return s.mul(s.x(), s.of("Sigmoid", s.x())); },
          [](Spelling& s) { return s.mul(s.of("Sigmoid", s.x()), s.x()); },
          [](Spelling& s) { return s.mul(s.mul(2.0, s.of("Sigmoid", s.x())), s.mul(s.x(), 0.5)); },
      });
}

TEST(RecogniseActivations, HardSigmoidAndHardSwish) {
  const auto gate = [](Spelling& s) { return s.of("Relu6", s.add(s.x(), 3.0)); };
  expect_becomes("_HardSigmoid",
                 {
                     [=](Spelling& s) { return s.mul(gate(s), 1.0 / 6); },
                     [=](Spelling& s) { return s.div(gate(s), 6.0); },
                     [](Spelling& s) { return s.div(s.clip(s.add(3.0, s.x()), 0.0, 6.0), 6.0); },
                 });
  expect_becomes(
      "_HardSwish",
      {
          [=](Spelling& s) { return s.mul(s.x(), s.mul(gate(s), 1.0 / 6)); },
          [=](Spelling& s) { return s.mul(s.div(gate(s), 6.0), s.x()); },
          [=](Spelling& s) { return s.div(s.mul(s.x(), gate(s)), 6.0); },
          [=](Spelling& s) { return s.mul(1.0 / 6, s.mul(gate(s), s.x())); },
          [=](Spelling& s) { return s.mul(s.mul(s.x(), 1.0 / 6), gate(s)); },
          [](Spelling& s) { return s.mul(s.x(), s.div(s.clip(s.add(s.x(), 3.0), 0.0, 6.0), 6.0)); },
      });
}

TEST(RecogniseActivations, Gelu) {
  const double root = std::numbers::sqrt2;
  expect_becomes(
      "_Gelu",
      {
          [=](Spelling& s) {
            const TensorId cdf = s.mul(0.5, s.add(1.0, s.of("Erf", s.div(s.x(), root))));
            return s.mul(s.x(), cdf);
          },
          [=](Spelling& s) {
            return s.mul(s.mul(s.x(), 0.5), s.add(s.of("Erf", s.mul(s.x(), 1 / root)), 1.0));
          },
          [=](Spelling& s) {
            return s.mul(0.5, s.mul(s.x(), s.add(1.0, s.of("Erf", s.mul(1 / root, s.x())))));
          },
          [=](Spelling& s) {
            return s.mul(s.x(), s.add(0.5, s.mul(0.5, s.of("Erf", s.div(s.x(), root)))));
          },
      });
}

TEST(RecogniseActivations, GeluByTanh) {
  const double root = std::sqrt(2 / std::numbers::pi);
  const double cubic = 0.044715;
  const auto finish = [](Spelling& s, TensorId inner) {
    return s.mul(s.x(), s.mul(0.5, s.add(1.0, s.of("Tanh", inner))));
  };
  expect_becomes("_GeluTanh",
                 {
                     [=](Spelling& s) {
                       return finish(s, s.mul(root, s.add(s.x(), s.mul(cubic, s.pow(s.x(), 3.0)))));
                     },
                     [=](Spelling& s) {
                       const TensorId cube = s.mul(s.mul(s.x(), s.x()), s.x());
                       return finish(s, s.mul(s.add(s.mul(cube, cubic), s.x()), root));
                     },
                     [=](Spelling& s) {
                       const TensorId cube = s.mul(s.of("Square", s.x()), s.x());
                       return finish(s, s.mul(root, s.add(s.x(), s.mul(cube, cubic))));
                     },
                     [=](Spelling& s) {
                       const TensorId inner = s.add(1.0, s.mul(s.mul(cubic, s.x()), s.x()));
                       return finish(s, s.mul(s.mul(s.x(), root), inner));
                     },
                     [=](Spelling& s) {
                       const TensorId inner = s.add(s.mul(s.pow(s.x(), 2.0), cubic), 1.0);
                       const TensorId tanh = s.of("Tanh", s.mul(s.mul(root, s.x()), inner));
                       return s.mul(s.mul(0.5, s.x()), s.add(1.0, tanh));
                     },
                 });
}

TEST(RecogniseActivations, AnotherFactorStaysBehind) {
  const auto gate = [](Spelling& s) { return s.of("Relu6", s.add(s.x(), 3.0)); };
  const double sixth = 0.1666259765625;  // In half precision.
  expect_becomes("_HardSwish Multiply",
                 {
                     [=](Spelling& s) { return s.mul(s.mul(sixth, s.x()), gate(s)); },
                     [=](Spelling& s) { return s.mul(s.x(), s.mul(gate(s), sixth)); },
                     [=](Spelling& s) { return s.mul(s.mul(s.x(), gate(s)), sixth); },
                     [=](Spelling& s) { return s.mul(s.x(), gate(s)); },
                 });
  expect_becomes("_HardSigmoid Multiply", {[=](Spelling& s) { return s.div(gate(s), 5.0); }});
  expect_becomes("_Swish Multiply",
                 {[=](Spelling& s) { return s.mul(s.mul(-2.5, s.x()), s.of("Sigmoid", s.x())); }});
  expect_becomes("_Gelu Multiply", {[=](Spelling& s) {
                   const TensorId erf = s.of("Erf", s.div(s.x(), std::numbers::sqrt2));
                   return s.mul(s.add(erf, 1.0), s.x());
                 }});
}

TEST(RecogniseActivations, WhatIsSomethingElseStays) {
  PassBench bench;
  const auto ops_after = [&](const Make& make) {
    Spelling spelling(bench);
    const TensorId y = make(spelling);
    return ops_of(bench.checked(spelling.maker().finish({y}),
                                {"recognise-rectifiers", "recognise-activations"}));
  };
  EXPECT_EQ(
      ops_after([](Spelling& s) { return s.mul(s.x(), s.of("Sigmoid", s.of("Abs", s.x()))); }),
      "Abs Sigmoid Multiply");
  EXPECT_EQ(ops_after([](Spelling& s) {
              const TensorId sum = s.add(s.of("Sigmoid", s.x()), 0.25);
              return s.mul(sum, s.x());
            }),
            "Sigmoid Add Multiply");
  EXPECT_EQ(ops_after([](Spelling& s) { return s.div(s.of("Relu6", s.add(s.x(), 2.0)), 6.0); }),
            "Add Relu6 RealDiv");
  EXPECT_EQ(ops_after([](Spelling& s) { return s.mul(s.of("Sigmoid", s.x()), 0.0); }),
            "Sigmoid Multiply");
  EXPECT_EQ(ops_after([](Spelling& s) {
              const TensorId erf = s.of("Erf", s.div(s.x(), std::numbers::sqrt2));
              const TensorId sum = s.add(erf, 1.5);
              return s.mul(s.mul(0.5, s.x()), sum);
            }),
            "RealDiv Erf Add Multiply Multiply");
  EXPECT_EQ(ops_after([](Spelling& s) { return s.clip(s.x(), 0.0, 5.0); }), "ClipByValue");
  EXPECT_EQ(ops_after([](Spelling& s) {
              return s.mul(s.x(), s.mul(0.5, s.add(1.0, s.of("Erf", s.mul(s.x(), 0.7)))));
            }),
            "Multiply Erf Add Multiply Multiply");
  // A number that widens x, and a value that somebody else reads, too.
  EXPECT_EQ(ops_after([](Spelling& s) {
              return s.maker().call("Maximum", {s.x(), s.maker().constant({1, 1, 1}, {0})});
            }),
            "Maximum");
  EXPECT_EQ(ops_after([](Spelling& s) {
              const TensorId sigmoid = s.of("Sigmoid", s.x());
              return s.add(s.mul(s.x(), sigmoid), sigmoid);
            }),
            "Sigmoid Multiply Add");
}

}  // namespace
}  // namespace tfjs_native
