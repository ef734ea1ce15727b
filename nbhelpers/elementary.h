/* exp, log, log1p and tanh of two numbers at once, from operations that every machine rounds in the same way.

   inf and nan mean what they mean in NumPy. The largest errors found, in units of the last place of the result: exp
   0.92, log 0.80, log1p 0.76 (for x <= 1; a zero loses its sign), tanh 1.26; NumPy's are 0.68, 0.58, 0.61 and 1.17. */

#include <wasm_simd128.h>

#define INLINE static inline __attribute__((always_inline))
#define APART static __attribute__((noinline))
#define INFINITE __builtin_inf()

typedef double pair __attribute__((vector_size(16)));
typedef long long bits __attribute__((vector_size(16)));
typedef unsigned long long unsigned_bits __attribute__((vector_size(16)));

INLINE pair both(double x) { return (pair){x, x}; }
INLINE pair absolute(pair x) { return (pair)wasm_f64x2_abs((v128_t)x); }
INLINE pair square_root(pair x) { return (pair)wasm_f64x2_sqrt((v128_t)x); }
INLINE pair choose(bits where, pair yes, pair no) {
    return (pair)wasm_v128_bitselect((v128_t)yes, (v128_t)no, (v128_t)where);
}
/* Mostly so: the other case is kept out of the way. */
INLINE int everywhere(bits where) { return __builtin_expect(wasm_i64x2_all_true((v128_t)where), 1); }

/* A whole number n plus MAGIC has n in its last bits; from there it goes to the exponent, to make 2**n. */
#define MAGIC 0x1.8p52
INLINE pair power_of_2(pair n) { return (pair)(((bits)(n + MAGIC) << 52) + (bits)both(1.0)); }

/* y 2**n for the exp(x) next to overflow and underflow, where 2**n is no float, but its two halves are. */
APART pair exponential_far(pair x, pair y, pair n) {
    pair half = (pair)wasm_f64x2_trunc((v128_t)(0.5 * n));
    y = y * power_of_2(half) * power_of_2(n - half);
    y = choose(x > 0x1.62e42fefa39efp9, both(INFINITE), y);
    return choose(x < -0x1.74910d52d3052p9, both(0.0), y);
}

/* exp(x) = 2**n exp(r), |r| <= log(2) / 2. log(2) comes in two parts, so that n times the first is exact (Cody and
   Waite 1980). exp(r) is Taylor's series up to r**13: what is left out is below 5e-18 of the result. */
INLINE pair exponential(pair x) {
    pair shifted = x * 0x1.71547652b82fep0 + MAGIC, n = shifted - MAGIC;
    pair high = x - n * 0x1.62e42feep-1, low = n * 0x1.a39ef35793c76p-33;
    pair r = high - low, r2 = r * r, r4 = r2 * r2, r8 = r4 * r4;
    pair rest = (1 / 2.0 + r * (1 / 6.0)) + r2 * (1 / 24.0 + r * (1 / 120.0))
        + r4 * ((1 / 720.0 + r * (1 / 5040.0)) + r2 * (1 / 40320.0 + r * (1 / 362880.0)))
        + r8 * ((1 / 3628800.0 + r * (1 / 39916800.0)) + r2 * (1 / 479001600.0 + r * (1 / 6227020800.0)));
    pair y = 1.0 + (high + (r2 * rest - low));
    if (everywhere(absolute(x) <= 708.0)) return (pair)((bits)y + ((bits)shifted << 52));
    return exponential_far(x, y, n);
}

/* log(u) + c, for a c next to 0. u = 2**k (1 + f), with 1 + f between the roots of 1/2 and 2, and log(1 + f) is
   2 atanh(s), s = f / (2 + f). The coefficients are FreeBSD's (e_log.c, Sun Microsystems 1993), error below a unit. */
APART pair logarithm(pair u, pair c) {
    int usual = everywhere((u >= 0x1p-1022) & (u < INFINITE));
    bits tiny = u < 0x1p-1022, root = (bits)both(0x1.6a09ep-1);
    bits raised = (bits)choose(tiny, u * 0x1p54, u) + ((bits)both(1.0) - root);
    pair k = (pair)((bits)((unsigned_bits)raised >> 52) | (bits)both(0x1p52)) - (0x1p52 + 1023.0);
    k -= choose(tiny, both(54.0), both(0.0));
    pair f = (pair)((raised & 0xfffffffffffff) + root) - 1.0, half = 0.5 * f * f;
    pair s = f / (2.0 + f), s2 = s * s, s4 = s2 * s2;
    pair rest = s2 * (0x1.5555555555593p-1
        + s4 * (0x1.2492494229359p-2 + s4 * (0x1.7466496cb03dep-3 + s4 * 0x1.2f112df3e5244p-3)))
        + s4 * (0x1.999999997fa04p-2 + s4 * (0x1.c71c51d8e78afp-3 + s4 * 0x1.39a09d078c69fp-3));
    pair y = k * 0x1.62e42feep-1 - ((half - (s * (half + rest) + (k * 0x1.a39ef35793c76p-33 + c))) - f);
    if (usual) return y;
    y = choose(u < INFINITE, y, u);
    return choose(u > 0.0, y, choose(u == 0.0, both(-INFINITE), both(__builtin_nan(""))));
}

/* log(1 + x). The second argument is what the rounding of 1 + x has lost (Goldberg 1991). */
APART pair logarithm_1p(pair x) {
    pair u = 1.0 + x;
    return logarithm(u, (x - (u - 1.0)) / u);
}

/* tanh(x) = 1 - 2 / (exp(2 x) + 1); where that would lose digits, the rational function of Cephes (Moshier 1984). */
APART pair hyperbolic_tangent(pair x) {
    pair size = absolute(x), x2 = x * x;
    bits small = size < 0.625, sign = (bits)x & (1LL << 63);
    pair above = (-9.64399179425052238628e-1 * x2 - 9.92877231001918586564e1) * x2 - 1.61468768441708447952e3;
    pair below = ((x2 + 1.12811678491632931402e2) * x2 + 2.23548839060100448583e3) * x2 + 4.84406305325125486048e3;
    pair quotient = choose(small, x2 * above, both(-2.0)) / choose(small, below, exponential(2.0 * size) + 1.0);
    pair start = choose(small, size, both(1.0));
    return (pair)((bits)(start + start * quotient) | sign);
}
