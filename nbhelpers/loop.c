/* The training loop of `network`, `losses`, `optimizers` and `training`, told once more for a compiler.

   Arrays lie in memory as NumPy's do, row after row. A batch goes through the layers in portions of some rows, so that
   memory does not grow with the batch. Two neighbors are computed at once, which every machine can do; where a row has
   an odd length, the second of the last two means nothing and is not kept. */

#include "elementary.h"

enum { IDENTITY, SIGMOID, TANH, RELU, LEAKY_RELU, SOFTPLUS };
enum { SSR, HALF_SSR, MSE, BINARY_CROSS_ENTROPY, SIGMOID_CROSS_ENTROPY, SOFTMAX_CROSS_ENTROPY };
enum { SGD, ADAM };

typedef struct {
    double leak;
    double *W, *dW;             /* (inputs, units), then the biases: the layer's parts of theta and of its gradient */
    double *A, *D;              /* (portion, units): the activations; the derivatives of the loss in the sums Z */
    int inputs, units, activation, bias;
} Layer;

typedef struct {
    double learning_rate, momentum, weight_decay, beta1, beta2, epsilon, beta1_t, beta2_t;
    double least_log, least_output, stop_below, epoch_loss;
    double *theta, *gradient, *m, *v;
    double *X, *Y;              /* the data, and below it the rows of a portion in the order asked for */
    double *X_portion, *Y_portion;
    int *orders;                /* (epochs, samples): the order of the rows in each epoch; or null */
    double *records;            /* (room, parameters) */
    Layer *layers;
    int depth, parameters, loss, optimizer, samples, batch_size, portion;
    int first, end;             /* an epoch trains on these of its samples only */
    int epochs, done;           /* asked for; run */
    int due, apart, room, kept; /* epoch `due` and every `apart` epochs after it are recorded */
} Job;

_Static_assert(sizeof(Layer) == 40 && sizeof(Job) == 200, "the layout that compiled.py knows");

typedef double neighbors __attribute__((vector_size(16), aligned(8)));
INLINE pair get(const double *p) { return *(const neighbors *)p; }
INLINE void put(double *p, pair x) { *(neighbors *)p = x; }

/* C[x, y] = start[x, y] + sum over k of A[x, k] B[k, y], for `high` rows x and `wide` pairs of columns y: as few as fit
   into the processor's registers. A[x, k] is at x * row + k * step, so that A can be read as its transpose too. */
INLINE void product_tile(int high, int wide, double *C, int columns, int left, int depth, const double *A, int row,
                         int step, const double *B, const double *start, int start_row) {
    pair sum[2][4];
    for (int x = 0; x < high; x++)
        for (int y = 0; y < wide; y++) sum[x][y] = start ? get(start + x * start_row + 2 * y) : both(0.0);
    for (int k = 0; k < depth; k++, A += step, B += columns)
        for (int x = 0; x < high; x++)
            for (int y = 0; y < wide; y++) sum[x][y] += A[x * row] * get(B + 2 * y);
    for (int x = 0; x < high; x++)
        for (int y = 0; y < wide; y++) {
            double *c = C + x * columns + 2 * y;
            if (2 * y + 1 < left) put(c, sum[x][y]);
            else *c = sum[x][y][0];
        }
}

INLINE void product_rows(int high, double *C, int columns, int depth, const double *A, int row, int step,
                         const double *B, const double *start, int start_row) {
    int y = 0;
#define TILE(wide) \
    for (; y + 2 * wide - 2 < columns; y += 2 * wide) \
        product_tile(high, wide, C + y, columns, columns - y, depth, A, row, step, B + y, start ? start + y : 0, \
                     start_row)
    TILE(4);
    TILE(2);
    TILE(1);
}

INLINE void product(double *C, int rows, int columns, int depth, const double *A, int row, int step, const double *B,
                    const double *start, int start_row) {
    for (; rows > 1; rows -= 2, C += 2 * columns, A += 2 * row) {
        product_rows(2, C, columns, depth, A, row, step, B, start, start_row);
        if (start) start += 2 * start_row;
    }
    if (rows) product_rows(1, C, columns, depth, A, row, step, B, start, start_row);
}

/* C[x, y] = start[y] + sum over k of A[x, k] B[y, k], or that sum times the old C[x, y]. */
INLINE void dots_tile(int high, int wide, int times, double *C, int columns, int depth, const double *A,
                      const double *B, const double *start) {
    pair sum[4][2] = {};
    int k = 0;
    for (; k + 1 < depth; k += 2)
        for (int x = 0; x < high; x++)
            for (int y = 0; y < wide; y++) sum[x][y] += get(A + x * depth + k) * get(B + y * depth + k);
    for (int x = 0; x < high; x++)
        for (int y = 0; y < wide; y++) {
            double *c = C + x * columns + y, total = sum[x][y][0] + sum[x][y][1];
            if (k < depth) total += A[x * depth + k] * B[y * depth + k];
            if (start) total += start[y];
            *c = times ? total * *c : total;
        }
}

INLINE void dots_rows(int high, int times, double *C, int columns, int depth, const double *A, const double *B,
                      const double *start) {
    int y = 0;
    for (; y + 1 < columns; y += 2, B += 2 * depth)
        dots_tile(high, 2, times, C + y, columns, depth, A, B, start ? start + y : 0);
    if (y < columns) dots_tile(high, 1, times, C + y, columns, depth, A, B, start ? start + y : 0);
}

INLINE void dots(int times, double *C, int rows, int columns, int depth, const double *A, const double *B,
                 const double *start) {
    for (; rows > 3; rows -= 4, C += 4 * columns, A += 4 * depth) dots_rows(4, times, C, columns, depth, A, B, start);
    for (; rows > 0; rows--, C += columns, A += depth) dots_rows(1, times, C, columns, depth, A, B, start);
}

/* The activations at the sums z, and the slopes there. */
INLINE pair activate(int activation, double leak, pair z, pair *slope) {
    pair a = z, e;
    switch (activation) {
    case IDENTITY:
        *slope = both(1.0);
        break;
    case SIGMOID:
        a = 1.0 / (1.0 + exponential(-z));
        *slope = a * (1.0 - a);
        break;
    case TANH:
        a = hyperbolic_tangent(z);
        *slope = 1.0 - a * a;
        break;
    case RELU:
        *slope = choose(z > 0.0, both(1.0), both(0.0));
        a = choose(z <= 0.0, both(0.0), z);
        break;
    case LEAKY_RELU:
        *slope = choose(z > 0.0, both(1.0), both(leak));
        a = z * *slope;
        break;
    case SOFTPLUS:
        e = exponential(-absolute(z));
        *slope = choose(z > 0.0, both(1.0), e) / (1.0 + e);
        a = choose(z > 0.0, z, both(0.0)) + logarithm_1p(e);
    }
    return a;
}

/* A = activation(X @ W + b). The slopes wait in D for the derivative that will come back. */
static void forward(const Layer *l, const double *X, int rows) {
    int inputs = l->inputs, units = l->units, numbers = rows * units;
    double leak = l->leak, *A = l->A, *D = l->D;
    const double *b = l->bias ? l->W + inputs * units : 0;
    if (units > 1) product(A, rows, units, inputs, X, inputs, 1, l->W, b, 0);
    else dots(0, A, rows, 1, inputs, X, l->W, b);
    /* One loop for each activation, so that none of them asks again and again which it is. */
#define ACTIVATE(name) \
    case name: \
        for (int k = 0; k < numbers; k += 2) { \
            pair slope; \
            put(A + k, activate(name, leak, get(A + k), &slope)); \
            put(D + k, slope); \
        } \
        break
    switch (l->activation) {
        ACTIVATE(IDENTITY); ACTIVATE(SIGMOID); ACTIVATE(TANH); ACTIVATE(RELU); ACTIVATE(LEAKY_RELU); ACTIVATE(SOFTPLUS);
    }
}

/* The cross-entropy of one row's sums z against the truth y, by the formulas of `entropy`; `share` times its derivative
   is multiplied to the slopes in d. z is not needed any more, and holds the exponentials. */
static double softmax_cross_entropy(double *z, double *d, const double *y, int units, double share) {
    int largest = 0;
    for (int j = 1; j < units; j++)
        if (z[j] > z[largest] || (z[j] != z[j] && z[largest] == z[largest])) largest = j;
    double top = z[largest], rest = 0.0, loss = 0.0;
    for (int j = 0; j < units; j++) {
        /* Infinity less itself is nan, but here it is 0. */
        double below = j == largest && __builtin_isinf(top) ? 0.0 : z[j] - top;
        if (y[j] != 0.0) loss -= y[j] * below;
        z[j] = j == largest ? 0.0 * below : exponential(both(below))[0];
        rest += z[j];
    }
    for (int j = 0; j < units; j++)
        d[j] *= share * (j == largest ? (1.0 - y[j]) - rest / (1.0 + rest) : z[j] / (1.0 + rest) - y[j]);
    return loss + logarithm_1p(both(rest))[0];
}

/* The sum of the losses of a portion's outputs against the truth Y. Their derivatives, times the slopes, stay in D. */
static double compare(const Job *job, const Layer *last, const double *Y, int rows, int batch) {
    if (job->loss == SOFTMAX_CROSS_ENTROPY) {
        double total = 0.0;
        for (int k = 0; k < rows * last->units; k += last->units)
            total += softmax_cross_entropy(last->A + k, last->D + k, Y + k, last->units, 1.0 / batch);
        return total;
    }
    int numbers = rows * last->units, loss_code = job->loss;
    double *A = last->A, *D = last->D, least_log = job->least_log, least_output = job->least_output;
    double share = 1.0 / ((double)batch * last->units);
    double factor = loss_code == SSR ? 2.0 : loss_code == HALF_SSR ? 1.0 : 2.0 * share;
    pair total = both(0.0), loss;
    for (int k = 0; k < numbers; k += 2) {
        pair a = get(A + k), y = get(Y + k), slope = get(D + k), residual = a - y;
        if (loss_code == BINARY_CROSS_ENTROPY) {
            /* Written so that nan stays nan. */
            pair right = logarithm(a, both(0.0)), wrong = logarithm_1p(-a);
            right = choose(right < least_log, both(least_log), right);
            wrong = choose(wrong < least_log, both(least_log), wrong);
            loss = -(y * right + (1.0 - y) * wrong);
            residual = residual / (a * (1.0 - a));
            residual = choose(a < least_output, 1.0 - y, residual);
            residual = choose(1.0 - a < least_output, -y, residual);
            put(D + k, slope * (share * residual));
        } else if (loss_code == SIGMOID_CROSS_ENTROPY) {
            /* From the side, 0 or 1, on which the sum lies: see `entropy`. */
            pair missed = choose(a > 0.0, 1.0 - y, y), size = absolute(a), e = exponential(-size);
            loss = choose(missed == 0.0, both(0.0), missed * size) + logarithm_1p(e);
            residual = choose(a > 0.0, both(1.0), both(-1.0)) * (missed - e / (1.0 + e));
            put(D + k, slope * (share * residual));
        } else {
            loss = residual * residual;
            put(D + k, slope * (factor * residual));
        }
        if (k + 1 == numbers) loss[1] = 0.0;
        total += loss;
    }
    return total[0] + total[1];
}

/* The derivatives in W and b from D, added to those of the portions before where there are some (`add`); then those in
   the sums of the layer below, where the slopes wait. */
static void backward(const Layer *l, const double *X, double *D_below, int rows, int add) {
    static const double one = 1.0;
    int inputs = l->inputs, units = l->units, single = units == 1;
    double *dW = l->dW, *db = dW + inputs * units;
    const double *W = l->W, *D = l->D;
    /* dW = X.T @ D. That of a single unit lies in memory as a row: D.T @ X, in whole pairs. */
    product(dW, single ? 1 : inputs, single ? inputs : units, rows, single ? D : X, 1, single ? 1 : inputs,
            single ? X : D, add ? dW : 0, units);
    if (l->bias) product_rows(1, db, units, rows, &one, 0, 0, D, add ? db : 0, 0);
    if (D_below && !single) dots(1, D_below, rows, inputs, units, D, W, 0);
    if (D_below && single)
        for (int r = 0; r < rows; r++, D_below += inputs) {
            int i = 0;
            double d = D[r];
            for (; i + 1 < inputs; i += 2) put(D_below + i, get(D_below + i) * (d * get(W + i)));
            if (i < inputs) D_below[i] *= d * W[i];
        }
}

/* The formulas of both optimizers are in `optimizers`. */
static void sgd(const Job *job, double *theta, double *g, double *v, int parameters) {
    double learning_rate = job->learning_rate, momentum = job->momentum;
    if (momentum != 0.0) {
        for (int p = 0; p < parameters; p += 2) put(v + p, momentum * get(v + p) + get(g + p));
        g = v;
    }
    for (int p = 0; p < parameters; p += 2) put(theta + p, get(theta + p) - learning_rate * get(g + p));
}

static void adam(Job *job, double *theta, double *g, double *m, double *v, int parameters) {
    double beta1 = job->beta1, beta2 = job->beta2, epsilon = job->epsilon;
    job->beta1_t *= beta1;
    job->beta2_t *= beta2;
    double rate = job->learning_rate / (1.0 - job->beta1_t), unbiased = 1.0 / (1.0 - job->beta2_t);
    for (int p = 0; p < parameters; p += 2) {
        pair slope = get(g + p);
        pair mean = beta1 * get(m + p) + (1.0 - beta1) * slope;
        pair square = beta2 * get(v + p) + (1.0 - beta2) * (slope * slope);
        put(m + p, mean);
        put(v + p, square);
        put(theta + p, get(theta + p) - rate * (mean / (square_root(square * unbiased) + epsilon)));
    }
}

static void gather(double *to, const double *from, const int *order, int rows, int columns) {
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < columns; i++) to[r * columns + i] = from[order[r] * columns + i];
}

/* One update, after the `batch` samples from `first` on. Returns the sum of their losses. */
static double update(Job *job, const int *order, int first, int batch) {
    Layer *layers = job->layers, *last = layers + job->depth - 1;
    int inputs = layers->inputs, outputs = last->units, parameters = job->parameters;
    double total = 0.0, decay = job->weight_decay, *theta = job->theta, *gradient = job->gradient;
    for (int at = 0; at < batch; at += job->portion) {
        int rows = batch - at < job->portion ? batch - at : job->portion;
        double *X = job->X + (first + at) * inputs, *Y = job->Y + (first + at) * outputs;
        if (order) {
            gather(X = job->X_portion, job->X, order + first + at, rows, inputs);
            gather(Y = job->Y_portion, job->Y, order + first + at, rows, outputs);
        }
        for (Layer *l = layers; l <= last; l++) forward(l, l == layers ? X : l[-1].A, rows);
        total += compare(job, last, Y, rows, batch);
        for (Layer *l = last; l > layers; l--) backward(l, l[-1].A, l[-1].D, rows, at > 0);
        backward(layers, X, 0, rows, at > 0);
    }
    if (decay != 0.0)
        for (int p = 0; p < parameters; p += 2) put(gradient + p, get(gradient + p) + decay * get(theta + p));
    if (job->optimizer == ADAM) adam(job, theta, gradient, job->m, job->v, parameters);
    else sgd(job, theta, gradient, job->v, parameters);
    return total;
}

/* Train for up to `epochs` epochs: fewer where the loss is low enough or no longer finite, or no record fits in. */
__attribute__((export_name("run"))) void run(Job *job) {
    double share = 1.0 / ((double)job->samples * job->layers[job->depth - 1].units);
    double scale = job->loss == SSR ? 1.0 : job->loss == HALF_SSR ? 0.5
        : job->loss == SOFTMAX_CROSS_ENTROPY ? 1.0 / job->samples : share;
    for (job->done = job->kept = 0; job->done < job->epochs;) {
        const int *order = job->orders ? job->orders + job->done * job->samples : 0;
        double total = 0.0;
        for (int first = job->first; first < job->end; first += job->batch_size) {
            int left = job->end - first;
            total += update(job, order, first, left < job->batch_size ? left : job->batch_size);
        }
        job->epoch_loss = scale * total;
        job->done++;
        if (!(job->stop_below < job->epoch_loss && job->epoch_loss < INFINITE)) break;
        if (job->done == job->due) {
            if (job->kept == job->room) break;
            double *record = job->records + job->kept++ * job->parameters;
            for (int p = 0; p < job->parameters; p++) record[p] = job->theta[p];
            job->due += job->apart;
        }
    }
}

/* For the tests: each number in x becomes its exp, log, log1p or tanh. */
__attribute__((export_name("evaluate"))) void evaluate(int function, double *x, int numbers) {
    for (int k = 0; k < numbers; k += 2) {
        pair z = get(x + k);
        put(x + k, function == 0 ? exponential(z) : function == 1 ? logarithm(z, both(0.0))
            : function == 2 ? logarithm_1p(z) : hyperbolic_tangent(z));
    }
}
