/* Runs of the method of equal shares, proven with doubles.
 *
 * A *span* is an interval of endowments. For a fixed sequence of purchases everything is
 * monotone: with a higher endowment every voter holds at least as much, and every price is at
 * most as high. So two columns per span enclose the exact money of every voter for every
 * endowment of the span: one follows the lower end and rounds money down and payments up, one
 * follows the upper end and rounds the other way. Prices computed from them enclose the exact
 * prices. If in every round the highest possible price of the winner is below the lowest
 * possible price of every rival, and at the end nobody can afford anything, the sequence is
 * proven for the whole span. What is not proven is said to be so, and is counted in fractions.
 *
 * Four spans, eight columns, are run side by side: one look at a voter serves all of them. Spans
 * that disagree about a winner part ways: each goes on alone, writing only its own columns.
 *
 * Rounding. One operation on doubles errs by at most u = 2^-53 of its result. NEAR = 4u covers
 * two operations in a row: (1-u)^2 (1+4u) > 1 and (1+u)^2 (1-4u) < 1. A sum of n positive
 * products, in any order, errs by less than (n+2)u of itself as long as n < 2^40; `slack` is
 * twice (n+8)u, which also covers the rounding of t*p. Whole numbers below 2^53 are exact.
 */

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#if FLT_EVAL_METHOD != 0
#error "the bounds hold for doubles that are rounded after every operation"
#endif

#define SPANS 4
#define COLUMNS (2 * SPANS)
#define NEAR 0x1p-51
#define EXACT ((int64_t)1 << 53)
#define MOST_PASSES 64
#define LARGE_PAGE ((size_t)2 << 20)
#define AHEAD 16 /* how many supporters ahead memory is asked for */

typedef double columns __attribute__((vector_size(8 * COLUMNS)));
typedef int64_t choice __attribute__((vector_size(8 * COLUMNS)));

/* One clone of a hot function per instruction set; the processor's best is used. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define FAST __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define FAST
#endif

typedef struct {
    int32_t group, weight;
} Member;

/* What worth a line of a ballot has: see `worth_of`. */
enum { EACH_ONE, POINTS, ONE_IF_POINTS, PLACES, BORDA };

typedef struct {
    int32_t projects, groups;
    const int32_t *row_start, *row_line, *row_points; /* the ballots, as they were given */
    const int32_t *place;                             /* line of a ballot -> project, or -1 */
    const int32_t *weight;
    int32_t kind, top;
    const int64_t *cost, *factor;
    const int32_t *rank;
    int64_t *points; /* weight times points of all supporters */
    int32_t *order;  /* the projects by their price per utility if all supporters pay */
    int32_t *start;  /* the supporters of project c are members[start[c]..start[c+1]) */
    Member *members;
    int32_t *worth; /* their points; NULL where everybody gives one */
    columns *money; /* by group: lower ends first, then upper ends */
    int is_twin;    /* everything but the money belongs to another market */
} Market;

/* The state of a batch of spans. Everything by project is by span too: spans may have parted. */
typedef struct {
    Market *market;
    double (*floor)[SPANS];    /* the price per point is not below this */
    double (*ceiling)[SPANS];  /* nor above this, where `most` says so; else a first guess */
    double (*least)[SPANS];    /* the price per utility is not below this: INFINITY if never */
    double (*most)[SPANS];     /* nor above this; INFINITY where it may not be affordable */
    double *key;               /* the lowest `least` of the spans of this branch, or below it */
    int32_t *list, open;       /* the projects that may still be bought in this branch, by key */
    int32_t *priced;           /* the number of the look in which a project was last priced */
    int32_t *bought;           /* the number of the branch in which it was bought */
    int32_t *sequence;         /* SPANS rows of `projects` places */
    int32_t *length;           /* purchases so far; -1 where nothing could be proven */
} Batch;

int pb_interface(void) { return 1; }

/* ---- The market ---- */

static int32_t worth_of(const Market *a, int32_t line, int32_t first, int32_t last) {
    switch (a->kind) {
    case POINTS: return a->row_points[line];
    case ONE_IF_POINTS: return a->row_points[line] > 0;
    case PLACES: return a->top - (line - first);
    case BORDA: return last - 1 - line;
    default: return 1;
    }
}

void pb_market_free(Market *a) {
    if (!a) return;
    free(a->money);
    if (!a->is_twin) free(a->points), free(a->order), free(a->start), free(a->members), free(a->worth);
    free(a);
}

/* Memory that is read here and there: in a large election it spans fewer, larger pages. */
static void *room_for(size_t size) {
    size_t page = size < 2 * LARGE_PAGE ? sizeof(columns) : LARGE_PAGE;
    size = (size + page - 1) / page * page;
    void *room = aligned_alloc(page, size);
#ifdef MADV_HUGEPAGE
    if (room && page == LARGE_PAGE) madvise(room, size, MADV_HUGEPAGE);
#endif
    return room;
}

/* Walks over all lines that support a project; counts them, or writes them down. */
static int walk(Market *a, int write) {
    for (int32_t g = 0; g < a->groups; g++) {
        int32_t first = a->row_start[g], last = a->row_start[g + 1];
        for (int32_t line = first; line < last; line++) {
            int32_t c = a->place[a->row_line[line]], worth = worth_of(a, line, first, last);
            if (c < 0 || worth <= 0) continue;
            int32_t at = a->start[c + 1]++;
            if (!write) {
                a->points[c] += (int64_t)worth * a->weight[g];
                if (a->points[c] >= EXACT) return 0;
                continue;
            }
            a->members[at] = (Member){g, a->weight[g]};
            if (a->worth) a->worth[at] = worth;
        }
    }
    return 1;
}

typedef struct {
    double price;
    int32_t project;
} Priced;

static int by_price(const void *one, const void *other) {
    const Priced *a = one, *b = other;
    if (a->price != b->price) return a->price < b->price ? -1 : 1;
    return a->project - b->project;
}

static int put_in_order(Market *a) {
    Priced *all = malloc((a->projects + 1) * sizeof *all);
    if (!all) return 0;
    for (int32_t c = 0; c < a->projects; c++) {
        double each = (double)a->cost[c] / (double)a->points[c] / (double)a->factor[c];
        all[c] = (Priced){a->points[c] ? each : INFINITY, c};
    }
    qsort(all, a->projects, sizeof *all, by_price);
    for (int32_t c = 0; c < a->projects; c++) a->order[c] = all[c].project;
    free(all);
    return 1;
}

/* A market over flat arrays, which must outlive it; NULL where memory or exactness run out. */
Market *pb_market_new(int32_t projects, int32_t groups, const int32_t *row_start,
                      const int32_t *row_line, const int32_t *row_points, const int32_t *place,
                      int32_t kind, int32_t top, const int32_t *weight, const int64_t *cost,
                      const int64_t *factor, const int32_t *rank) {
    Market *a = calloc(1, sizeof *a);
    if (!a) return NULL;
    *a = (Market){.projects = projects, .groups = groups, .row_start = row_start,
                  .row_line = row_line, .row_points = row_points, .place = place, .weight = weight,
                  .kind = kind, .top = top, .cost = cost, .factor = factor, .rank = rank};
    a->points = calloc(projects + 1, sizeof *a->points);
    a->start = calloc(projects + 2, sizeof *a->start);
    a->order = malloc((projects + 1) * sizeof *a->order);
    a->money = room_for((size_t)(groups + 1) * sizeof(columns));
    if (!a->points || !a->start || !a->order || !a->money || !walk(a, 0)) goto fail;
    for (int32_t c = 0; c < projects; c++) {
        if (cost[c] >= EXACT || factor[c] >= EXACT) goto fail;
        a->start[c + 1] += a->start[c];
    }

    int32_t lines = a->start[projects];
    a->members = calloc(lines + AHEAD + 2, sizeof *a->members);
    if (kind != EACH_ONE && kind != ONE_IF_POINTS) a->worth = malloc((lines + 1) * sizeof(int32_t));
    if (!a->members || ((kind != EACH_ONE && kind != ONE_IF_POINTS) && !a->worth)) goto fail;
    /* While writing, start[c + 1] is where the next member of c goes; at the end it is its end. */
    memmove(a->start + 1, a->start, (projects + 1) * sizeof *a->start);
    walk(a, 1);
    if (put_in_order(a)) return a;
fail:
    pb_market_free(a);
    return NULL;
}

/* The same market with money of its own, for a second thread; NULL without memory for it. */
Market *pb_market_twin(const Market *a) {
    Market *twin = malloc(sizeof *twin);
    if (!twin) return NULL;
    *twin = *a;
    twin->is_twin = 1;
    twin->money = room_for((size_t)(a->groups + 1) * sizeof(columns));
    if (twin->money) return twin;
    free(twin);
    return NULL;
}

/* The number of voters behind every project. */
void pb_supporters(const Market *a, int64_t *voters) {
    for (int32_t c = 0; c < a->projects; c++) {
        voters[c] = 0;
        for (int32_t i = a->start[c]; i < a->start[c + 1]; i++) voters[c] += a->members[i].weight;
    }
}

/* ---- Prices ---- */

/* What supporters give at t per point: those who hold less give `poor`, the others t * `rich`. */
FAST static void offer(const Market *a, int32_t c, const double *price, double *poor_sum,
                       double *rich_sum) {
    columns t, poor = {0}, rich = {0}, poor2 = {0}, rich2 = {0};
    memcpy(&t, price, sizeof t);
    const columns *money = a->money;
    const Member *members = a->members;
    int32_t i = a->start[c], end = a->start[c + 1];
    if (a->worth) {
        for (; i < end; i++) {
            columns m = money[members[i].group];
            double w = members[i].weight, p = a->worth[i];
            choice pays = m >= t * p;
            rich += (columns)((choice)((columns){0} + w * p) & pays);
            poor += (columns)((choice)(m * w) & ~pays);
        }
    } else {
        for (; i + 1 < end; i += 2) { /* two sums side by side hide the time of an addition */
            __builtin_prefetch(&money[members[i + AHEAD].group]);
            __builtin_prefetch(&money[members[i + AHEAD + 1].group]);
            columns m = money[members[i].group], n = money[members[i + 1].group];
            double w = members[i].weight, v = members[i + 1].weight;
            choice pays = m >= t, pays2 = n >= t;
            rich += (columns)((choice)((columns){0} + w) & pays);
            rich2 += (columns)((choice)((columns){0} + v) & pays2);
            poor += (columns)((choice)(m * w) & ~pays);
            poor2 += (columns)((choice)(n * v) & ~pays2);
        }
        for (; i < end; i++) {
            columns m = money[members[i].group];
            double w = members[i].weight;
            choice pays = m >= t;
            rich += (columns)((choice)((columns){0} + w) & pays);
            poor += (columns)((choice)(m * w) & ~pays);
        }
    }
    poor += poor2, rich += rich2;
    memcpy(poor_sum, &poor, sizeof poor);
    memcpy(rich_sum, &rich, sizeof rich);
}

/* Puts the price of a project between floor and ceiling, for the active spans; looks no closer
 * where it is seen to be above `best`, which a rival has.
 *
 * Newton's method on the concave sum of min(money, t * points): every iterate is a lower bound of
 * the price, since a tangent lies above; and t is an upper bound once the supporters are seen to
 * give the cost at t. */
static void price(Batch *b, int32_t c, int active, const double *best) {
    Market *a = b->market;
    double cost = (double)a->cost[c], factor = (double)a->factor[c];
    double slack = (a->start[c + 1] - a->start[c] + 8) * 0x1p-52;
    double t[COLUMNS], poor[COLUMNS], rich[COLUMNS];
    int upper = active, lower = active; /* the spans for which a bound is still looked for */
    int open = 0;                       /* those whose ceiling is only a guess */
    for (int s = 0; s < SPANS; s++) {
        t[s] = b->ceiling[c][s], t[SPANS + s] = b->floor[c][s];
        if (t[s] == INFINITY) upper &= ~(1 << s);
        if (t[SPANS + s] == INFINITY) lower &= ~(1 << s);
    }
    for (int pass = 0; (upper || lower) && pass < MOST_PASSES; pass++) {
        offer(a, c, t, poor, rich);
        int above = 0;
        for (int s = 0; s < SPANS; s++) {
            if (upper >> s & 1) {
                if ((poor[s] + t[s] * rich[s]) * (1 - slack) >= cost) {
                    upper &= ~(1 << s);
                } else if (rich[s] == 0) {
                    t[s] = INFINITY, upper &= ~(1 << s);
                } else {
                    double next = (cost * (1 + 2 * slack) - poor[s]) / rich[s] * (1 + NEAR);
                    t[s] = next > t[s] ? next : t[s] * (1 + NEAR);
                }
            }
            if (lower >> s & 1) {
                double *floor = &t[SPANS + s], p = poor[SPANS + s], r = rich[SPANS + s];
                double next = r > 0 ? (cost - p * (1 + slack)) / r * (1 - NEAR)
                            : p * (1 + slack) < cost ? INFINITY : *floor;
                if (!(next > *floor * (1 + slack))) lower &= ~(1 << s);
                if (next > *floor) *floor = next;
                if (next == INFINITY) lower &= ~(1 << s);
                if (*floor / factor * (1 - NEAR) > best[s]) lower &= ~(1 << s), above |= 1 << s;
            }
        }
        upper &= ~above, open |= above;
    }
    open |= upper;
    for (int s = 0; s < SPANS; s++) {
        if (!(active >> s & 1)) continue;
        b->ceiling[c][s] = t[s];
        b->floor[c][s] = t[SPANS + s];
        b->most[c][s] = open >> s & 1 ? INFINITY : t[s] / factor * (1 + NEAR);
        b->least[c][s] = b->floor[c][s] / factor * (1 - NEAR);
    }
}

/* The points over which the cost is shared, where every supporter is surely broke or surely able
 * to pay in full: then the price is exactly cost / points. Else 0. */
static int64_t sure_points(const Batch *b, int32_t c, int s) {
    const Market *a = b->market;
    double t = b->ceiling[c][s];
    int64_t points = 0;
    if (a->cost[c] == 0) return 1;
    for (int32_t i = a->start[c]; i < a->start[c + 1]; i++) {
        const columns *money = &a->money[a->members[i].group];
        int32_t p = a->worth ? a->worth[i] : 1;
        if ((*money)[SPANS + s] == 0) continue;
        if (!((*money)[s] >= t * p * (1 + NEAR))) return 0;
        points += (int64_t)p * a->members[i].weight;
    }
    return points;
}

/* Whether one exact price per utility is below (-1), level with (0) or above (1) another; 2 where
 * the numbers are too long to tell. */
static int compare(const Market *a, int32_t c, int64_t c_points, int32_t d, int64_t d_points) {
    unsigned __int128 left = (unsigned __int128)a->cost[c] * (uint64_t)d_points;
    unsigned __int128 right = (unsigned __int128)a->cost[d] * (uint64_t)c_points;
    if (__builtin_mul_overflow(left, (unsigned __int128)a->factor[d], &left)) return 2;
    if (__builtin_mul_overflow(right, (unsigned __int128)a->factor[c], &right)) return 2;
    return (left > right) - (left < right);
}

enum { UNPROVEN = -1, FINISHED = -2 };

/* The winner among projects whose bounds overlap, if all their prices are simple; those that are
 * level with it are flagged in `tied`, where that is asked for. */
static int32_t settle(Batch *b, int32_t end, int s, double best, uint8_t *tied) {
    const Market *a = b->market;
    int32_t first = -1, winner = -1;
    int64_t first_points = 0;
    for (int32_t i = 0; i < end; i++) {
        int32_t c = b->list[i];
        if (!(b->least[c][s] <= best)) continue;
        int64_t points = sure_points(b, c, s);
        if (!points) return UNPROVEN;
        int order = first < 0 ? -1 : compare(a, c, points, first, first_points);
        if (order == 2) return UNPROVEN;
        if (order > 0) continue;
        if (order < 0) {
            first = winner = c, first_points = points;
            if (tied) memset(tied, 0, a->projects);
        } else if (a->rank[c] < a->rank[winner]) {
            winner = c;
        }
        if (tied) tied[c] = 1;
    }
    return winner;
}

/* ---- Runs ---- */

/* The least that a project may cost per utility in any active span. */
static double least_of(const Batch *b, int32_t c, int active) {
    double least = INFINITY;
    for (int s = 0; s < SPANS; s++)
        if (active >> s & 1 && b->least[c][s] < least) least = b->least[c][s];
    return least;
}

/* Puts the project at a place of the list where it belongs now, further down or out of it. */
static void sink(Batch *b, int32_t place) {
    int32_t c = b->list[place];
    for (; place + 1 < b->open && b->key[b->list[place + 1]] < b->key[c]; place++)
        b->list[place] = b->list[place + 1];
    b->list[place] = c;
    if (b->key[c] == INFINITY)
        memmove(b->list + place, b->list + place + 1, (--b->open - place) * sizeof *b->list);
}

/* One round: the winner of every active span, FINISHED, or UNPROVEN. The list holds the projects
 * that may still be bought, by `key`, the least that they may cost; keys only rise. */
static void look(Batch *b, int active, int32_t branch, int32_t number, int32_t *winner,
                 uint8_t *tied) {
    double best[SPANS] = {DBL_MAX, DBL_MAX, DBL_MAX, DBL_MAX}, worst = DBL_MAX;
    int32_t end = 0, found[SPANS] = {0};
    while (end < b->open && b->key[b->list[end]] <= worst) {
        int32_t c = b->list[end];
        if (b->bought[c] == branch) {
            b->key[c] = INFINITY;
        } else if (b->priced[c] == number) {
            end++;
            continue;
        } else {
            price(b, c, active, best);
            b->priced[c] = number;
            b->key[c] = least_of(b, c, active);
            worst = 0;
            for (int s = 0; s < SPANS; s++) {
                if (!(active >> s & 1)) continue;
                if (b->most[c][s] < best[s]) best[s] = b->most[c][s];
                if (best[s] > worst) worst = best[s];
            }
        }
        sink(b, end);
    }
    for (int s = 0; s < SPANS; s++) winner[s] = FINISHED;
    for (int32_t i = 0; i < end; i++)
        for (int s = 0; s < SPANS; s++)
            if (active >> s & 1 && b->least[b->list[i]][s] <= best[s])
                winner[s] = b->list[i], found[s]++;
    for (int s = 0; s < SPANS; s++) {
        if (!found[s]) continue;
        if (best[s] == DBL_MAX) winner[s] = UNPROVEN;
        else if (found[s] > 1) winner[s] = settle(b, end, s, best[s], tied);
    }
}

/* Lets the supporters pay: the lower ends the ceiling, the upper ends the floor of the price. */
FAST static void pay(Batch *b, int32_t c, int active) {
    Market *a = b->market;
    columns t = {0}, nearly, product;
    choice keep;
    for (int s = 0; s < SPANS; s++) {
        int on = active >> s & 1;
        keep[s] = keep[SPANS + s] = on ? 0 : -1;
        if (on) t[s] = b->ceiling[c][s], t[SPANS + s] = b->floor[c][s];
        nearly[s] = 1 - NEAR, nearly[SPANS + s] = 1 + NEAR;
        product[s] = 1 + NEAR, product[SPANS + s] = 1 - NEAR;
    }
    for (int32_t i = a->start[c]; i < a->start[c + 1]; i++) {
        __builtin_prefetch(&a->money[a->members[i + AHEAD].group], 1);
        columns *money = &a->money[a->members[i].group], m = *money;
        columns left = (m - (a->worth ? t * (double)a->worth[i] * product : t)) * nearly;
        left = (columns)((choice)left & (left > 0));
        *money = (columns)(((choice)m & keep) | ((choice)left & ~keep));
    }
}

typedef struct {
    int32_t sale;
    int64_t points;
} Paid;

/* What exact prices need, by sale; see pb_replay. */
typedef struct {
    Paid *paid;      /* room for the lines of one ballot */
    int64_t *sales;  /* five numbers: full, rest, broke, points that pay in full, project */
    int64_t *owed;   /* by sale: points that those who gave their rest had paid in every sale */
    uint8_t *tied;   /* by sale: which projects were level */
    int64_t *behind; /* by project: supporters with money; then their points in every sale */
    int32_t *sale;   /* by project: the number of its sale, or -1 */
} Detail;

/* Adds what a group has paid in full so far: an alive voter paid in full for all on its ballot. */
static void add_paid(const Market *a, const Detail *d, int32_t g, int64_t weight, int64_t *sums) {
    int32_t first = a->row_start[g], last = a->row_start[g + 1];
    for (int32_t line = first; line < last; line++) {
        int32_t c = a->place[a->row_line[line]], worth = worth_of(a, line, first, last);
        if (c >= 0 && worth > 0 && d->sale[c] >= 0) sums[d->sale[c]] += weight * worth;
    }
}

/* Writes down who pays what in the next sale of span 0; 0 where that is not sure. */
static int describe(const Batch *b, const Detail *d, int32_t c, int32_t number) {
    const Market *a = b->market;
    int64_t *sale = d->sales + 5 * (int64_t)number, full = 0, rest = 0, broke = 0, points = 0;
    for (int32_t i = a->start[c]; i < a->start[c + 1]; i++) {
        int32_t g = a->members[i].group, w = a->members[i].weight;
        int32_t p = a->worth ? a->worth[i] : 1;
        double low = a->money[g][0], high = a->money[g][SPANS];
        if (high == 0) {
            broke += w;
        } else if (low >= b->ceiling[c][0] * p * (1 + NEAR)) {
            full += w, points += (int64_t)p * w;
        } else if (high < b->floor[c][0] * p * (1 - NEAR)) {
            rest += w;
            add_paid(a, d, g, w, d->owed + (int64_t)number * a->projects);
        } else {
            return 0;
        }
    }
    sale[0] = full, sale[1] = rest, sale[2] = broke, sale[3] = points, sale[4] = c;
    d->sale[c] = number;
    return points > 0 || a->cost[c] == 0;
}

/* Writes down who is left with money behind every project; 0 where that is not sure. */
static int describe_rest(const Market *a, const Detail *d) {
    int64_t wide = a->projects + 1;
    for (int32_t g = 0; g < a->groups; g++) {
        if (a->money[g][SPANS] == 0) continue;
        if (!(a->money[g][0] > 0)) return 0;
        int32_t first = a->row_start[g], last = a->row_start[g + 1], sales = 0;
        for (int32_t line = first; line < last; line++) {
            int32_t c = a->place[a->row_line[line]], worth = worth_of(a, line, first, last);
            if (c < 0 || worth <= 0 || d->sale[c] < 0) continue;
            d->paid[sales++] = (Paid){d->sale[c], a->weight[g] * (int64_t)worth};
        }
        for (int32_t line = first; line < last; line++) {
            int32_t c = a->place[a->row_line[line]];
            if (c < 0 || worth_of(a, line, first, last) <= 0) continue;
            int64_t *behind = d->behind + c * wide;
            behind[0] += a->weight[g];
            for (int32_t i = 0; i < sales; i++) behind[1 + d->paid[i].sale] += d->paid[i].points;
        }
    }
    return 1;
}

/* Fills the list anew for a branch; the order at the start is nearly right already. */
static void restart(Batch *b, int active) {
    const Market *a = b->market;
    b->open = 0;
    for (int32_t i = 0; i < a->projects; i++) {
        int32_t c = a->order[i], place = b->open;
        b->key[c] = least_of(b, c, active);
        if (b->key[c] == INFINITY) continue;
        for (b->open++; place > 0 && b->key[b->list[place - 1]] > b->key[c]; place--)
            b->list[place] = b->list[place - 1];
        b->list[place] = c;
    }
}

/* Runs all spans to their ends; stops early, with length -1, where `detail` cannot be sure. */
static void run(Batch *b, int active, const Detail *detail) {
    const Market *a = b->market;
    int32_t branch = 0, number = 0, winner[SPANS];
    int waiting[SPANS], depth = 0;
    waiting[depth++] = active;
    while (depth) {
        active = waiting[--depth];
        branch++;
        int lead = __builtin_ctz(active);
        for (int32_t k = 0; k < b->length[lead]; k++)
            b->bought[b->sequence[lead * a->projects + k]] = branch;
        restart(b, active);
        while (active) {
            uint8_t *tied = detail ? detail->tied + (int64_t)b->length[0] * a->projects : NULL;
            look(b, active, branch, ++number, winner, tied);
            for (int s = 0; s < SPANS; s++) {
                if (!(active >> s & 1) || winner[s] >= 0) continue;
                if (winner[s] == UNPROVEN) b->length[s] = -1;
                active &= ~(1 << s);
            }
            if (!active) break;
            int32_t c = winner[__builtin_ctz(active)];
            int others = 0;
            for (int s = 0; s < SPANS; s++)
                if (active >> s & 1 && winner[s] != c) others |= 1 << s;
            if (others) waiting[depth++] = others, active &= ~others;
            if (detail && !describe(b, detail, c, b->length[0])) {
                b->length[0] = -1;
                return;
            }
            pay(b, c, active);
            b->bought[c] = branch;
            for (int s = 0; s < SPANS; s++)
                if (active >> s & 1) b->sequence[s * a->projects + b->length[s]++] = c;
        }
    }
    if (detail && b->length[0] >= 0 && !describe_rest(a, detail)) b->length[0] = -1;
}

static void begin(Batch *b, const double *low, const double *high) {
    Market *a = b->market;
    columns start;
    for (int s = 0; s < SPANS; s++) start[s] = low[s], start[SPANS + s] = high[s];
    for (int32_t g = 0; g < a->groups; g++) a->money[g] = start;
    for (int32_t c = 0; c < a->projects; c++) {
        double slack = (a->start[c + 1] - a->start[c] + 8) * 0x1p-52;
        double t = a->points[c] ? (double)a->cost[c] / (double)a->points[c] : INFINITY;
        for (int s = 0; s < SPANS; s++) {
            b->floor[c][s] = t * (1 - NEAR);
            b->ceiling[c][s] = t * (1 + 3 * slack); /* a guess to begin with */
            b->least[c][s] = b->floor[c][s] / (double)a->factor[c] * (1 - NEAR);
        }
        b->priced[c] = b->bought[c] = 0;
    }
}

static int run_spans(Market *a, int spans, const double *low, const double *high,
                     int32_t *sequence, int32_t *length, const Detail *detail) {
    size_t m = a->projects + 1, rows = m * sizeof(double[SPANS]);
    char *room = malloc(4 * rows + m * (sizeof(double) + 3 * sizeof(int32_t)));
    if (!room) return 0;
    Batch b = {.market = a, .sequence = sequence, .length = length};
    b.floor = (void *)room, b.ceiling = (void *)(room + rows);
    b.least = (void *)(room + 2 * rows), b.most = (void *)(room + 3 * rows);
    b.key = (void *)(room + 4 * rows), b.priced = (void *)(b.key + m), b.bought = b.priced + m, b.list = b.bought + m;
    double from[SPANS], to[SPANS];
    for (int s = 0; s < SPANS; s++) {
        int one = s < spans ? s : 0;
        from[s] = low[one], to[s] = high[one], length[s] = 0;
    }
    begin(&b, from, to);
    run(&b, (1 << spans) - 1, detail);
    free(room);
    return 1;
}

/* The proven sequences of 1 to SPANS spans, as rows of `sequence`; length -1 where unproven.
 * The ends of the spans come rounded outward. 0 where memory runs out. */
int pb_sequences(Market *a, int spans, const double *low, const double *high, int32_t *sequence,
                 int32_t *length) {
    return run_spans(a, spans, low, high, sequence, length, NULL);
}

/* One endowment with the whole numbers that its exact prices are made of. All arrays come zeroed,
 * `sale` filled with -1. The number of sales, or -1 where something is not sure. */
int32_t pb_replay(Market *a, double low, double high, int64_t *sales, int64_t *owed,
                  uint8_t *tied, int64_t *behind, int32_t *sale) {
    int32_t length[SPANS], *sequence = malloc((a->projects + 1) * SPANS * sizeof *sequence);
    Detail detail = {malloc((a->projects + 1) * sizeof(Paid)), sales, owed, tied, behind, sale};
    int done = sequence && detail.paid
               && run_spans(a, 1, &low, &high, sequence, length, &detail);
    free(sequence), free(detail.paid);
    return done ? length[0] : -1;
}
