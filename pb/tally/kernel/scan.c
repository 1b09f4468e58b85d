/* Reads the votes of a Pabulib file into merged groups of identical ballots, and adds them up.
 *
 * The Python reader is the definition of the format. This file reads only what is tidy, and gives
 * up with a code on everything else, so that the Python reader takes over and says what is wrong:
 * a result from here is the result that Python would have given. All memory is asked for by the
 * number of line ends and commas, before a row is read, so that no row has to check for room.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    DONE, NO_MEMORY, NOT_UTF8, TOO_LARGE, QUOTED, HEADING, ODD_BLANK, TOO_MANY_CELLS,
    UNKNOWN_PROJECT, ODD_POINTS, UNEQUAL_POINTS, SAME_VOTER
};

/* The columns come from the header, as Python read it; -1 where there is no such column. */
enum { CELLS, VOTE, POINTS, VOTER, RANKED, LAYOUT };

typedef struct {
    uint64_t key;
    uint32_t row;
} Item;

/* A place of the hash table of ids: the first eight bytes decide nearly always. */
typedef struct {
    uint64_t start;
    uint32_t length, found; /* rank + 1, or 0 */
} Slot;

typedef struct {
    const uint8_t *limit; /* the end of everything that may be read */
    const int32_t *layout;

    /* Projects are known by their rank: the place of the id among all ids in order. */
    const uint8_t *ids;
    const uint64_t *id_ends;
    uint32_t id_count;
    Slot *slots;
    uint64_t slot_mask;
    int slot_shift;
    uint32_t *seen;    /* by rank: the row that named the project last, + 1 */
    int32_t *given;    /* by rank: the points in that row */

    uint32_t *first;   /* row r is the entries first[r] to first[r + 1] */
    uint32_t *entries; /* ranks */
    int32_t *points;   /* at the same places; NULL where the kind has none */
    uint32_t rows;
    uint32_t repeated; /* rows that name a project twice */
    uint32_t longest;

    uint64_t *voters;
    uint32_t voter_count;
    int voters_rise;

    /* Sorting: keys of `per_key` ranks, `bits` bits each. */
    Item *items;
    uint32_t bits, per_key, choice_depths;
    uint32_t counts[8][256];

    uint32_t *heads;   /* the first row of every group, in order, and its number of voters */
    uint32_t *weights;
    uint32_t groups;
    uint64_t kept;     /* entries of all groups */
} Scan;

/* Text */

/* The blanks of one byte that Python's str.strip() takes off. */
static int blank(uint8_t c) {
    return c == ' ' || (c >= 9 && c <= 13) || (c >= 28 && c <= 31);
}

static void trim(const uint8_t **from, const uint8_t **to) {
    while (*from < *to && blank(**from)) ++*from;
    while (*from < *to && blank((*to)[-1])) --*to;
}

/* Blanks of several bytes: U+0085, U+00A0, U+1680, U+2000..200A, U+2028, U+2029, U+202F, U+205F,
 * U+3000. The check is wider than that list: giving up too often is not wrong. */
static int odd_blank(const uint8_t *p, const uint8_t *end) {
    if (end - p >= 2 && p[0] == 0xC2 && (p[1] == 0x85 || p[1] == 0xA0)) return 1;
    if (end - p < 3) return 0;
    return (p[0] == 0xE1 && p[1] == 0x9A) || (p[0] == 0xE2 && (p[1] == 0x80 || p[1] == 0x81)) ||
           (p[0] == 0xE3 && p[1] == 0x80 && p[2] == 0x80);
}

static int odd_ends(const uint8_t *p, const uint8_t *end) {
    if (odd_blank(p, end)) return 1;
    return (end - p >= 2 && odd_blank(end - 2, end)) || (end - p >= 3 && odd_blank(end - 3, end));
}

static int valid_utf8(const uint8_t *p, const uint8_t *end) {
    while (p < end) {
        uint64_t eight;
        while (end - p >= 8) {
            memcpy(&eight, p, 8);
            if (eight & 0x8080808080808080u) break;
            p += 8;
        }
        if (p == end) break;
        uint8_t c = *p;
        if (c < 0x80) {
            p++;
            continue;
        }
        int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;
        /* C0, C1 and the second bytes below are longer forms than needed, surrogates, or beyond
         * U+10FFFF: Python refuses them too. */
        if (c < 0xC2 || c > 0xF4 || end - p <= more) return 0;
        uint8_t low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
        uint8_t high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
        if (p[1] < low || p[1] > high) return 0;
        for (int i = 2; i <= more; i++)
            if ((p[i] & 0xC0) != 0x80) return 0;
        p += more + 1;
    }
    return 1;
}

/* The first n <= 8 bytes as one number, different for different bytes. */
static inline uint64_t word(const uint8_t *p, uint64_t n, const uint8_t *limit) {
    uint64_t w = 0;
    if (limit - p >= 8) {
        memcpy(&w, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        return w >> (64 - 8 * n);
#else
        return w << (64 - 8 * n);
#endif
    }
    memcpy(&w, p, n);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return w >> (64 - 8 * n);
#else
    return w << (64 - 8 * n);
#endif
}

/* The upper bits of the result depend on all of the bytes; tables take their slots from them. */
static inline uint64_t hash(const uint8_t *p, uint64_t n, const uint8_t *limit) {
    uint64_t h = n * 0x9E3779B97F4A7C15u;
    for (; n > 8; n -= 8, p += 8) {
        h = (h ^ word(p, 8, limit)) * 0xFF51AFD7ED558CCDu;
        h ^= h >> 32;
    }
    if (n) h = (h ^ word(p, n, limit)) * 0xC4CEB9FE1A85EC53u;
    return h;
}

/* Projects */

static inline uint64_t start_of(const uint8_t *p, uint64_t n, const uint8_t *limit) {
    return word(p, n < 8 ? n : 8, limit);
}

static void learn_ids(Scan *s) {
    const uint8_t *limit = s->ids + s->id_ends[s->id_count - 1], *id = s->ids;
    for (uint32_t rank = 0; rank < s->id_count; rank++) {
        uint64_t n = (uint64_t)(s->ids + s->id_ends[rank] - id);
        uint64_t slot = hash(id, n, limit) >> s->slot_shift;
        while (s->slots[slot].found) slot = (slot + 1) & s->slot_mask;
        s->slots[slot] = (Slot){start_of(id, n, limit), (uint32_t)n, rank + 1};
        id += n;
    }
}

/* The rank of an id + 1, or 0. */
static inline uint32_t look_up(const Scan *s, const uint8_t *p, uint64_t n) {
    uint64_t start = start_of(p, n, s->limit), at = hash(p, n, s->limit) >> s->slot_shift;
    for (const Slot *slot; (slot = s->slots + at)->found; at = (at + 1) & s->slot_mask) {
        if (slot->start != start || slot->length != n) continue;
        if (n <= 8) return slot->found;
        if (memcmp(s->ids + s->id_ends[slot->found - 1] - n, p, n) == 0) return slot->found;
    }
    return 0;
}

/* One row */

/* Plain whole numbers that surely fit; Python reads the others. */
static int whole(const uint8_t *p, const uint8_t *end, int32_t *number) {
    int minus = p < end && *p == '-';
    p += minus;
    if (p == end || end - p > 9) return 0;
    int32_t n = 0;
    for (; p < end; p++) {
        if (*p < '0' || *p > '9') return 0;
        n = n * 10 + (*p - '0');
    }
    *number = minus ? -n : n;
    return 1;
}

/* Takes the next item that is not empty off a list; 0 at its end. */
static inline int next_item(const uint8_t **list, const uint8_t *end, const uint8_t **from,
                            const uint8_t **to) {
    while (*list < end) {
        const uint8_t *p = *from = *list;
        while (p < end && *p != ',') p++;
        *to = p;
        *list = p < end ? p + 1 : end;
        trim(from, to);
        if (*from < *to) return 1;
    }
    return 0;
}

/* Puts the ranks of one ballot in order. Long ballots are read off the marks in `seen`. */
static void order(const Scan *s, uint32_t *ranks, uint32_t n, uint32_t mark) {
    if ((uint64_t)n * n / 4 > s->id_count) {
        for (uint32_t rank = 0, k = 0; k < n; rank++)
            if (s->seen[rank] == mark) ranks[k++] = rank;
        return;
    }
    for (uint32_t i = 1; i < n; i++) {
        uint32_t rank = ranks[i], k = i;
        for (; k && ranks[k - 1] > rank; k--) ranks[k] = ranks[k - 1];
        ranks[k] = rank;
    }
}

static int read_ballot(Scan *s, const uint8_t *vote, const uint8_t *vote_end,
                       const uint8_t *points, const uint8_t *points_end) {
    uint32_t *ranks = s->entries + s->first[s->rows], n = 0, mentions = 0, mark = s->rows + 1;
    const uint8_t *from, *to;
    while (next_item(&vote, vote_end, &from, &to)) {
        uint32_t found = look_up(s, from, (uint64_t)(to - from));
        if (!found) return UNKNOWN_PROJECT;
        uint32_t rank = found - 1;
        int again = s->seen[rank] == mark;
        mentions++;
        if (s->points) {
            int32_t number;
            if (!next_item(&points, points_end, &from, &to)) return UNEQUAL_POINTS;
            if (!whole(from, to, &number)) return ODD_POINTS;
            if (!again) s->given[rank] = number;
        }
        if (again) continue; /* the first mention counts */
        s->seen[rank] = mark;
        ranks[n++] = rank;
    }
    if (s->points && next_item(&points, points_end, &from, &to)) return UNEQUAL_POINTS;
    if (!s->layout[RANKED]) order(s, ranks, n, mark);
    if (s->points)
        for (uint32_t i = 0; i < n; i++) s->points[s->first[s->rows] + i] = s->given[ranks[i]];
    s->repeated += n < mentions;
    if (n > s->longest) s->longest = n;
    s->first[s->rows + 1] = s->first[s->rows] + n;
    s->rows++;
    return DONE;
}

/* Even keys are whole numbers, exact; odd keys are hashes, and equal ones only possibly equal. */
static int read_voter(Scan *s, const uint8_t *p, const uint8_t *end) {
    trim(&p, &end);
    if (p == end) return DONE;
    if (odd_ends(p, end)) return ODD_BLANK;
    uint64_t key = 0, n = (uint64_t)(end - p);
    int number = n <= 18 && (*p != '0' || n == 1);
    for (const uint8_t *q = p; number && q < end; q++) {
        number = *q >= '0' && *q <= '9';
        key = key * 10 + (*q - '0');
    }
    key = number ? key << 1 : hash(p, n, s->limit) | 1;
    if (s->voter_count && key <= s->voters[s->voter_count - 1]) s->voters_rise = 0;
    s->voters[s->voter_count++] = key;
    return DONE;
}

/* Whether Python could take the first cell for the name of a section. */
static int may_be_heading(const uint8_t *p, const uint8_t *end) {
    static const char *const names[] = {"META", "PROJECTS", "VOTES"};
    trim(&p, &end);
    uint64_t n = (uint64_t)(end - p);
    if (n < 4 || n > 9 || ((*p & 0xDF) != 'M' && (*p & 0xDF) != 'P' && (*p & 0xDF) != 'V')) return 0;
    /* The upper case of the long s is S. */
    for (uint64_t i = 0; i + 1 < n; i++)
        if (p[i] == 0xC5 && p[i + 1] == 0xBF) return 1;
    for (int k = 0; k < 3; k++) {
        uint64_t i = 0;
        if (strlen(names[k]) != n) continue;
        while (i < n && (p[i] & 0xDF) == (uint8_t)names[k][i]) i++;
        if (i == n) return 1;
    }
    return 0;
}

static int read_row(Scan *s, const uint8_t *p, const uint8_t *end) {
    static const uint8_t nothing[1];
    const uint8_t *cell[3] = {nothing, nothing, nothing}, *cell_end[3] = {nothing, nothing, nothing};
    const uint8_t *from = p, *to = end;
    if (p < end && end[-1] == '\r') end--;
    trim(&from, &to);
    if (from == to) return DONE;
    if (odd_blank(from, to)) return ODD_BLANK;
    for (int32_t number = 0;; number++) {
        const uint8_t *stop = memchr(p, ';', (size_t)(end - p));
        if (!stop) stop = end;
        if (p < stop && *p == '"') return QUOTED;
        if (number == 0 && may_be_heading(p, stop)) return HEADING;
        if (number >= s->layout[CELLS] && p < stop) return TOO_MANY_CELLS;
        for (int k = 0; k < 3; k++)
            if (s->layout[VOTE + k] == number) cell[k] = p, cell_end[k] = stop;
        if (stop == end) break;
        p = stop + 1;
    }
    if (s->layout[VOTER] >= 0) {
        int code = read_voter(s, cell[2], cell_end[2]);
        if (code) return code;
    }
    return read_ballot(s, cell[0], cell_end[0], cell[1], cell_end[1]);
}

static int same_voter(Scan *s) {
    if (s->voters_rise || s->voter_count < 2) return DONE;
    uint64_t mask = 15;
    int shift = 60;
    while (mask / 2 < s->voter_count) mask = 2 * mask + 1, shift--;
    uint64_t *table = calloc(mask + 1, sizeof *table);
    if (!table) return NO_MEMORY;
    int code = DONE;
    for (uint32_t i = 0; i < s->voter_count && !code; i++) {
        uint64_t key = s->voters[i] + 1; /* 0 is an empty place; no key is the largest number */
        uint64_t slot = key * 0x9E3779B97F4A7C15u >> shift;
        while (table[slot] && table[slot] != key) slot = (slot + 1) & mask;
        if (table[slot]) code = SAME_VOTER;
        table[slot] = key;
    }
    free(table);
    return code;
}

/* Order and groups */

/* Rows are compared as Python compares tuples: first the ids, a shorter list before a longer one
 * that begins with it, then the points. A key holds so many ranks (+ 1, 0 after the last) as fit
 * into 64 bits; rows that are level go on with their next key; after the ids come the points, two
 * in a key. */
static uint64_t key_of(const Scan *s, uint32_t row, uint32_t depth) {
    uint32_t from = s->first[row], to = s->first[row + 1];
    uint64_t key = 0;
    if (depth < s->choice_depths) {
        uint64_t place = from + (uint64_t)depth * s->per_key;
        for (uint32_t i = 0; i < s->per_key; i++, place++)
            key = key << s->bits | (place < to ? s->entries[place] + 1 : 0);
        return key;
    }
    uint64_t place = from + 2 * (uint64_t)(depth - s->choice_depths);
    for (int i = 0; i < 2; i++, place++)
        key = key << 32 | (place < to ? (uint32_t)s->points[place] ^ 0x80000000u : 0);
    return key;
}

/* The next depth at which rows that are level so far can differ, or 0. */
static uint32_t next_depth(const Scan *s, uint32_t row, uint32_t depth) {
    uint64_t n = s->first[row + 1] - s->first[row];
    if (depth < s->choice_depths) {
        if (n >= (uint64_t)(depth + 1) * s->per_key && depth + 1 < s->choice_depths)
            return depth + 1;
        return s->points && n ? s->choice_depths : 0;
    }
    return 2 * (uint64_t)(depth + 1 - s->choice_depths) < n ? depth + 1 : 0;
}

static void by_key(Scan *s, Item *a, Item *spare, uint32_t n) {
    if (n < 48) {
        for (uint32_t i = 1; i < n; i++) {
            Item item = a[i];
            uint32_t k = i;
            for (; k && a[k - 1].key > item.key; k--) a[k] = a[k - 1];
            a[k] = item;
        }
        return;
    }
    memset(s->counts, 0, sizeof s->counts);
    for (uint32_t i = 0; i < n; i++)
        for (int d = 0; d < 8; d++) s->counts[d][a[i].key >> 8 * d & 255]++;
    Item *from = a, *to = spare;
    for (int d = 0; d < 8; d++) {
        uint32_t *count = s->counts[d], sum = 0;
        if (count[a[0].key >> 8 * d & 255] == n) continue; /* the same digit everywhere */
        for (int v = 0; v < 256; v++) {
            uint32_t here = count[v];
            count[v] = sum;
            sum += here;
        }
        for (uint32_t i = 0; i < n; i++) to[count[from[i].key >> 8 * d & 255]++] = from[i];
        Item *swap = from;
        from = to;
        to = swap;
    }
    if (from != a) memcpy(a, from, n * sizeof *a);
}

static void sort_rows(Scan *s, Item *a, Item *spare, uint32_t n, uint32_t depth) {
    for (uint32_t i = 0; i < n; i++) a[i].key = key_of(s, a[i].row, depth);
    by_key(s, a, spare, n);
    for (uint32_t i = 0, k; i < n; i = k) {
        for (k = i + 1; k < n && a[k].key == a[i].key; k++) {}
        uint32_t next = k > i + 1 ? next_depth(s, a[i].row, depth) : 0;
        if (next) sort_rows(s, a + i, spare, k - i, next);
    }
}

static int same_ballot(const Scan *s, uint32_t one, uint32_t other) {
    uint32_t n = s->first[one + 1] - s->first[one], a = s->first[one], b = s->first[other];
    if (n != s->first[other + 1] - b) return 0;
    if (memcmp(s->entries + a, s->entries + b, n * sizeof *s->entries)) return 0;
    return !s->points || !memcmp(s->points + a, s->points + b, n * sizeof *s->points);
}

static int group(Scan *s) {
    while (s->id_count >> s->bits) s->bits++;
    s->per_key = 64 / s->bits;
    if (s->per_key > s->longest) s->per_key = s->longest ? s->longest : 1;
    s->choice_depths = s->longest / s->per_key + (s->longest % s->per_key || !s->longest);
    s->items = malloc((s->rows + 1) * sizeof *s->items);
    Item *spare = malloc((s->rows + 1) * sizeof *spare);
    s->heads = malloc((s->rows + 1) * sizeof *s->heads);
    s->weights = malloc((s->rows + 1) * sizeof *s->weights);
    if (!s->items || !spare || !s->heads || !s->weights) {
        free(spare);
        return NO_MEMORY;
    }
    for (uint32_t row = 0; row < s->rows; row++) s->items[row].row = row;
    sort_rows(s, s->items, spare, s->rows, 0);
    free(spare);
    for (uint32_t i = 0; i < s->rows; i++) {
        uint32_t row = s->items[i].row;
        if (i + 8 < s->rows) __builtin_prefetch(s->entries + s->first[s->items[i + 8].row]);
        if (s->groups && same_ballot(s, s->heads[s->groups - 1], row)) {
            s->weights[s->groups - 1]++;
            continue;
        }
        s->heads[s->groups] = row;
        s->weights[s->groups++] = 1;
        s->kept += s->first[row + 1] - s->first[row];
    }
    free(s->items);
    s->items = NULL;
    return DONE;
}

/* What Python calls */

void pb_scan_free(Scan *s) {
    if (!s) return;
    free(s->slots);
    free(s->seen);
    free(s->given);
    free(s->first);
    free(s->entries);
    free(s->points);
    free(s->voters);
    free(s->items);
    free(s->heads);
    free(s->weights);
    free(s);
}

static int make_room(Scan *s, const uint8_t *p, const uint8_t *end) {
    uint64_t lines = 1, commas = 0, slots = 16;
    for (; p < end; p++) {
        lines += *p == '\n';
        commas += *p == ',';
    }
    if (lines + commas >= INT32_MAX || s->id_count >= INT32_MAX / 8) return TOO_LARGE;
    s->slot_shift = 60;
    while (slots < 4 * (uint64_t)s->id_count) slots *= 2, s->slot_shift--;
    s->slot_mask = slots - 1;
    s->slots = calloc(slots, sizeof *s->slots);
    s->seen = calloc((size_t)s->id_count + 1, sizeof *s->seen);
    s->given = calloc((size_t)s->id_count + 1, sizeof *s->given);
    s->first = malloc((lines + 1) * sizeof *s->first);
    s->entries = malloc((lines + commas) * sizeof *s->entries);
    if (s->layout[POINTS] >= 0) s->points = malloc((lines + commas) * sizeof *s->points);
    s->voters = malloc(lines * sizeof *s->voters);
    if (!s->slots || !s->seen || !s->given || !s->first || !s->entries || !s->voters)
        return NO_MEMORY;
    return s->layout[POINTS] >= 0 && !s->points ? NO_MEMORY : DONE;
}

static int read_rows(Scan *s, const uint8_t *p, const uint8_t *end) {
    int code = make_room(s, p, end);
    if (code) return code;
    if (!valid_utf8(p, end)) return NOT_UTF8;
    if (s->id_count) learn_ids(s);
    s->first[0] = 0;
    while (p < end) {
        const uint8_t *stop = memchr(p, '\n', (size_t)(end - p));
        if (!stop) stop = end;
        if ((code = read_row(s, p, stop))) return code;
        p = stop < end ? stop + 1 : end;
    }
    if ((code = same_voter(s))) return code;
    free(s->voters);
    s->voters = NULL;
    return group(s);
}

/* Reads the rows from `from` to the end of the text. `ids` holds the ids in order, one after the
 * other, each up to its end in `id_ends`. Returns a code; `result` is to be freed if it is 0. */
int pb_scan(const uint8_t *text, uint64_t from, uint64_t size, const uint8_t *ids,
            const uint64_t *id_ends, uint32_t id_count, const int32_t *layout, Scan **result) {
    Scan *s = calloc(1, sizeof *s);
    if (!s) return NO_MEMORY;
    s->limit = text + size;
    s->ids = ids;
    s->id_ends = id_ends;
    s->id_count = id_count;
    s->layout = layout;
    s->voters_rise = 1;
    s->bits = 1;
    int code = read_rows(s, text + from, text + size);
    if (code) {
        pb_scan_free(s);
        return code;
    }
    *result = s;
    return DONE;
}

/* Rows, rows that name a project twice, groups, entries of all groups. */
void pb_scan_numbers(const Scan *s, uint64_t *numbers) {
    numbers[0] = s->rows;
    numbers[1] = s->repeated;
    numbers[2] = s->groups;
    numbers[3] = s->kept;
}

/* Writes the groups into arrays that Python owns; `number` turns a rank into a number. */
void pb_scan_take(const Scan *s, const int32_t *number, int32_t *starts, int32_t *projects,
                  int32_t *points, int32_t *weights) {
    int32_t place = 0;
    starts[0] = 0;
    for (uint32_t g = 0; g < s->groups; g++) {
        uint32_t row = s->heads[g];
        if (g + 8 < s->groups) __builtin_prefetch(s->entries + s->first[s->heads[g + 8]]);
        for (uint32_t k = s->first[row]; k < s->first[row + 1]; k++, place++) {
            projects[place] = number[s->entries[k]];
            if (s->points) points[place] = s->points[k];
        }
        starts[g + 1] = place;
        weights[g] = (int32_t)s->weights[g];
    }
}

/* Votes and points of every project. What a line is worth: 0 one, 1 its points, 2 `top` for the
 * first place and one less for each next, 3 the number of lines below it. Returns 0, or 1 where a
 * number is out of range. */
int pb_sums(const int32_t *starts, const int32_t *projects, const int32_t *points,
            const int32_t *weights, uint64_t groups, int worth, int64_t top, uint64_t ids,
            int64_t *votes, int64_t *scores) {
    for (uint64_t g = 0; g < groups; g++) {
        int64_t length = starts[g + 1] - starts[g], weight = weights[g];
        int64_t best = worth == 2 ? top : length - 1;
        for (int64_t i = 0; i < length; i++) {
            int32_t place = starts[g] + (int32_t)i, project = projects[place];
            if (project < 0 || (uint64_t)project >= ids) return 1;
            int64_t given = worth == 0 ? 1 : worth == 1 ? points[place] : best - i;
            votes[project] += weight;
            if (__builtin_mul_overflow(given, weight, &given)) return 1;
            if (__builtin_add_overflow(scores[project], given, &scores[project])) return 1;
        }
    }
    return 0;
}

/* The number of lines on the longest ballot. */
int32_t pb_longest(const int32_t *starts, uint64_t groups) {
    int32_t longest = 0;
    for (uint64_t g = 0; g < groups; g++)
        if (starts[g + 1] - starts[g] > longest) longest = starts[g + 1] - starts[g];
    return longest;
}

static char *write_number(char *out, int64_t number) {
    char digits[20];
    int n = 0;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    if (number < 0) *out++ = '-';
    do digits[n++] = (char)('0' + rest % 10);
    while (rest /= 10);
    while (n) *out++ = digits[--n];
    return out;
}

/* Writes groups from `*next` on as [[ids],[points],weight], commas between, as many as surely fit
 * into `room` bytes, and moves `*next` on; `names` are the ids as JSON strings, none longer than
 * `widest`. Returns the number of bytes. */
uint64_t pb_groups_json(const int32_t *starts, const int32_t *projects, const int32_t *points,
                        const int32_t *weights, uint64_t groups, const char *names,
                        const uint64_t *name_ends, uint64_t ids, uint64_t widest, uint64_t *next,
                        char *text, uint64_t room) {
    char *out = text;
    for (; *next < groups; ++*next) {
        uint64_t g = *next, length = (uint64_t)(starts[g + 1] - starts[g]);
        if (room - (uint64_t)(out - text) < 32 + length * (widest + 13)) break;
        if (g) *out++ = ',';
        *out++ = '[';
        *out++ = '[';
        for (int32_t i = starts[g]; i < starts[g + 1]; i++) {
            uint64_t project = (uint64_t)projects[i];
            if (project >= ids) return 0;
            uint64_t from = project ? name_ends[project - 1] : 0;
            if (i > starts[g]) *out++ = ',';
            memcpy(out, names + from, name_ends[project] - from);
            out += name_ends[project] - from;
        }
        *out++ = ']';
        *out++ = ',';
        *out++ = '[';
        for (int32_t i = starts[g]; points && i < starts[g + 1]; i++) {
            if (i > starts[g]) *out++ = ',';
            out = write_number(out, points[i]);
        }
        *out++ = ']';
        *out++ = ',';
        out = write_number(out, weights[g]);
        *out++ = ']';
    }
    return (uint64_t)(out - text);
}
