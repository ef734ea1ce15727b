/* The limit for a compiled loop: training written for one network only, every size a constant for the compiler.

   Two dense layers, sizes INPUTS, HIDDEN, OUTPUTS, trained on ROWS samples with updates after every BATCH of them.
   BIAS1 and BIAS2 say which layer has biases, F1 and F2 which activation (SIGMOID, LEAKY_RELU, SOFTPLUS, IDENTITY),
   SCALE is the derivative of the loss over the residual, ADAM chooses the optimizer. */

#include <math.h>

#define IDENTITY 0
#define SIGMOID 1
#define LEAKY_RELU 2
#define SOFTPLUS 3

static inline double value(int f, double z) {
    if (f == SIGMOID) return 1.0 / (1.0 + exp(-z));
    if (f == LEAKY_RELU) return z > 0.0 ? z : 0.1 * z;
    if (f == SOFTPLUS) return log(1.0 + exp(z));
    return z;
}

static inline double slope(int f, double z, double a) {
    if (f == SIGMOID) return a * (1.0 - a);
    if (f == LEAKY_RELU) return z > 0.0 ? 1.0 : 0.1;
    if (f == SOFTPLUS) return 1.0 / (1.0 + exp(-z));
    return 1.0;
}

#define W1 0
#define B1 (W1 + INPUTS * HIDDEN)
#define W2 (B1 + BIAS1 * HIDDEN)
#define B2 (W2 + HIDDEN * OUTPUTS)
#define PARAMETERS (B2 + BIAS2 * OUTPUTS)

void train(long epochs, const double *restrict X, const double *restrict Y, double *restrict theta, double rate) {
    double gradient[PARAMETERS], m[PARAMETERS] = {0}, v[PARAMETERS] = {0};
    double z1[HIDDEN], a1[HIDDEN], d1[HIDDEN], z2[OUTPUTS], a2[OUTPUTS], d2[OUTPUTS];
    double beta1_t = 1.0, beta2_t = 1.0;
    for (long epoch = 0; epoch < epochs; epoch++)
        for (int first = 0; first < ROWS; first += BATCH) {
            for (int p = 0; p < PARAMETERS; p++) gradient[p] = 0.0;
            for (int row = first; row < first + BATCH; row++) {
                const double *x = X + row * INPUTS, *y = Y + row * OUTPUTS;
                for (int j = 0; j < HIDDEN; j++) z1[j] = BIAS1 ? theta[B1 + j] : 0.0;
                for (int i = 0; i < INPUTS; i++)
                    for (int j = 0; j < HIDDEN; j++) z1[j] += x[i] * theta[W1 + i * HIDDEN + j];
                for (int j = 0; j < HIDDEN; j++) a1[j] = value(F1, z1[j]);
                for (int j = 0; j < OUTPUTS; j++) z2[j] = BIAS2 ? theta[B2 + j] : 0.0;
                for (int i = 0; i < HIDDEN; i++)
                    for (int j = 0; j < OUTPUTS; j++) z2[j] += a1[i] * theta[W2 + i * OUTPUTS + j];
                for (int j = 0; j < OUTPUTS; j++) {
                    a2[j] = value(F2, z2[j]);
                    d2[j] = SCALE * (a2[j] - y[j]) * slope(F2, z2[j], a2[j]);
                }
                for (int i = 0; i < HIDDEN; i++) {
                    double sum = 0.0;
                    for (int j = 0; j < OUTPUTS; j++) {
                        gradient[W2 + i * OUTPUTS + j] += a1[i] * d2[j];
                        sum += theta[W2 + i * OUTPUTS + j] * d2[j];
                    }
                    d1[i] = sum * slope(F1, z1[i], a1[i]);
                }
                if (BIAS2)
                    for (int j = 0; j < OUTPUTS; j++) gradient[B2 + j] += d2[j];
                for (int i = 0; i < INPUTS; i++)
                    for (int j = 0; j < HIDDEN; j++) gradient[W1 + i * HIDDEN + j] += x[i] * d1[j];
                if (BIAS1)
                    for (int j = 0; j < HIDDEN; j++) gradient[B1 + j] += d1[j];
            }
            if (ADAM) {
                beta1_t *= 0.9;
                beta2_t *= 0.999;
                for (int p = 0; p < PARAMETERS; p++) {
                    m[p] = 0.9 * m[p] + (1 - 0.9) * gradient[p];
                    v[p] = 0.999 * v[p] + (1 - 0.999) * gradient[p] * gradient[p];
                    theta[p] -= rate / (1 - beta1_t) * m[p] / (sqrt(v[p] / (1 - beta2_t)) + 1e-8);
                }
            } else
                for (int p = 0; p < PARAMETERS; p++) theta[p] -= rate * gradient[p];
        }
}
