#include "core/inference/exp_sigmoid.h"

namespace sideband {
namespace {

constexpr double kLn10 = 2.302585092994046;

constexpr double exp_of(double x) {
  int halvings = 0;
  for (; x > 0.25 || x < -0.25; x /= 2) ++halvings;
  double sum = 1;
  double term = 1;
  for (int n = 1; n < 14; ++n) {
    term *= x / n;
    sum += term;
  }
  for (; halvings > 0; --halvings) sum *= sum;
  return sum;
}

// ln(1 + e^−x) by Newton's iteration, which doubles the digits each time.
constexpr double softplus_of_negative(double x) {
  const double u = 1 + exp_of(-x);
  double y = x < 0 ? -x : 0;
  for (int n = 0; n < 6; ++n) y += u * exp_of(-y) - 1;
  return y;
}

// The Taylor series around the knot to the fourth power, whose last term is spread over those that
// are kept as the Chebyshev polynomial T₄ has it: r⁴ is r²/4 − 1/128 within 1/128 for |r| ≤ ½.
constexpr ExpSigmoidTable::Cubic cubic_at(double x) {
  const double q = 1 / (1 + exp_of(x));  // 1 − sigmoid
  const double q1 = q * q - q;           // its derivatives
  const double q2 = (2 * q - 1) * q1;
  const double a = (1 + kLn10) * q * q - q;
  const double a1 = (2 * (1 + kLn10) * q - 1) * q1;
  const double a2 = 2 * (1 + kLn10) * q1 * q1 + (2 * (1 + kLn10) * q - 1) * q2;
  const double f = 2 * exp_of(-kLn10 * softplus_of_negative(x));
  const double f1 = kLn10 * q * f;
  const double f2 = kLn10 * a * f;
  const double f3 = kLn10 * (a * f1 + a1 * f);
  const double f4 = kLn10 * (a * f2 + 2 * a1 * f1 + a2 * f);
  const double h = 1.0 / ExpSigmoidTable::kPerUnit;
  const double c4 = f4 * h * h * h * h / 24;
  return {{static_cast<float>(f + 1e-7 - c4 / 128), static_cast<float>(f1 * h),
           static_cast<float>(f2 * h * h / 2 + c4 / 4), static_cast<float>(f3 * h * h * h / 6)}};
}

constexpr ExpSigmoidTable make_table() {
  ExpSigmoidTable table{};
  double x = ExpSigmoidTable::kLowest;
  for (ExpSigmoidTable::Cubic& knot : table.knots) {
    knot = cubic_at(x);
    x += 1.0 / ExpSigmoidTable::kPerUnit;
  }
  return table;
}

}  // namespace

constexpr ExpSigmoidTable kExpSigmoidTable = make_table();

}  // namespace sideband
