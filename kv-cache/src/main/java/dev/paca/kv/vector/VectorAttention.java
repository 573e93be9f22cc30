package dev.paca.kv.vector;

import dev.paca.kv.attention.AttentionKernel;
import dev.paca.kv.attention.Exp2;
import dev.paca.kv.attention.Partial;
import dev.paca.kv.attention.Queries;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.page.IndexForm;
import dev.paca.kv.page.PageStore;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Attention by tiles of {@link #TILE} slots, after FlashAttention (arXiv 2205.14135): a tile's keys and values are expanded
 * once and serve all rows of the call; scores and output are two small matrix products with an online softmax between. The
 * few rows of decode are not worth expanding anything for: theirs are the same sums, {@link Direct} from the stored form.
 */
public final class VectorAttention implements AttentionKernel {
    private static final VectorSpecies<Float> F = Lanes.FLOAT;
    private static final int LANES = Lanes.COUNT;
    private static final float LOG2_E = 1.4426950408889634f;
    /** Floats of a row of keys: the tile, and room for {@link Panel} to overwrite. */
    private static final int KEY_STRIDE = TILE + LANES;
    /** Rows whose scores are held at a time. */
    private static final int ROWS = 4;
    /** Up to so many rows it costs less to decode elements for every two rows than to expand them. */
    private static final int DIRECT_ROWS = 4;

    @Override
    public Scratch scratch() {
        return new Tiles();
    }

    @Override
    public int stride(int headDim) {
        return Math.ceilDiv(headDim, Gemm.COLUMNS) * Gemm.COLUMNS;
    }

    private static final class Tiles implements Scratch {
        float[] keys = new float[0];
        float[] values = new float[0];
        /** One key. */
        float[] row = new float[0];

        float[] queries = new float[0];
        /** For each row, one sum a lane: summed over the lanes only at the end, in a fixed order. */
        float[] sums = new float[0];

        final float[] scores = new float[ROWS * TILE];

        void size(int rows, int headDim, int stride) {
            if (keys.length < headDim * KEY_STRIDE) {
                keys = new float[headDim * KEY_STRIDE];
                row = new float[headDim + LANES];
            }
            if (values.length != TILE * stride) {
                values = new float[TILE * stride];
            }
            if (queries.length < rows * headDim) {
                queries = new float[rows * headDim];
                sums = new float[rows * LANES];
            }
            if (sums.length < rows * LANES) {
                sums = new float[rows * LANES];
            }
            Arrays.fill(sums, 0, rows * LANES, 0f);
        }
    }

    @Override
    public void attend(Reads reads, Queries queries, int first, int last, Partial into, Scratch scratch) {
        Tiles tiles = (Tiles) scratch;
        int rows = queries.rows();
        tiles.size(rows, queries.headDim(), into.stride());
        scaleQueries(queries, tiles.queries);
        int end = Math.min(last, queries.visible(rows - 1));
        boolean direct = rows <= DIRECT_ROWS
                && Direct.serves(reads)
                && scale(tiles.queries, rows * queries.headDim(), Direct.queryFactor(reads));
        for (int tile = first; tile < end; tile += TILE) {
            int slots = Math.min(TILE, end - tile);
            if (!direct) {
                expand(reads, tile, slots, into.stride(), tiles);
            }
            int r = queries.firstThatSees(tile);
            for (; r < rows; r += ROWS) {
                int count = Math.min(ROWS, rows - r);
                if (direct) {
                    attendDirectly(reads, queries, r, count, tile, slots, into, tiles);
                } else {
                    attendTile(queries, r, count, tile, slots, into, tiles);
                }
            }
        }
        for (int r = 0; r < rows; r++) {
            float sum = 0;
            for (int lane = 0; lane < LANES; lane++) {
                sum += tiles.sums[r * LANES + lane];
            }
            into.sum[r] += sum;
        }
    }

    private static void scaleQueries(Queries queries, float[] to) {
        float factor = queries.scale() * LOG2_E;
        int dims = queries.headDim();
        for (int r = 0; r < queries.rows(); r++) {
            int from = queries.at(r);
            for (int d = 0; d < dims; d++) {
                to[r * dims + d] = queries.values()[from + d] * factor;
            }
        }
    }

    /** Multiplies queries with a power of two; leaves them as they are, and returns false, if one is too large for that. */
    private static boolean scale(float[] queries, int count, float factor) {
        float largest = Float.MAX_VALUE / factor;
        boolean fits = true;
        for (int i = 0; i < count; i++) {
            fits &= Math.abs(queries[i]) <= largest;
        }
        for (int i = 0; fits && i < count; i++) {
            queries[i] *= factor;
        }
        return fits;
    }

    @Override
    public void weigh(float[] scores, int at, int count, float max, float factor, int[] into) {
        int bound = F.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            FloatVector weight = VectorExp2.of(
                            FloatVector.fromArray(F, scores, at + i).sub(max))
                    .mul(factor);
            IntVector units = (IntVector) weight.convertShape(VectorOperators.F2I, Lanes.INT, 0);
            IntVector.fromArray(Lanes.INT, into, i).add(units).intoArray(into, i);
        }
        for (int i = bound; i < count; i++) {
            into[i] += (int) (Exp2.of(scores[at + i] - max) * factor);
        }
    }

    /** Expands the pages, or parts of pages, that a tile covers. */
    private static void expand(Reads reads, int tile, int slots, int valueStride, Tiles tiles) {
        PageStore store = reads.store();
        int pageTokens = store.format().tokens();
        for (int done = 0; done < slots; ) {
            int slot = reads.slot(tile + done);
            int page = reads.pages()[slot / pageTokens];
            int skip = slot % pageTokens;
            int count = reads.run(tile + done, slots - done);
            if (reads.slots() != null && store.format().index() == IndexForm.KEY_ROWS) {
                Panel.keyRows(store, page, skip, count, tiles.row, tiles.keys, done, KEY_STRIDE);
            } else {
                Panel.keys(store, page, skip, count, tiles.keys, done, KEY_STRIDE);
            }
            Panel.values(store, page, skip, count, tiles.values, done * valueStride, valueStride);
            done += count;
        }
    }

    private static void attendTile(Queries queries, int row, int rows, int tile, int slots, Partial into, Tiles tiles) {
        int dims = queries.headDim();
        float[] scores = tiles.scores;
        Arrays.fill(scores, 0f);
        Gemm.add(tiles.queries, row * dims, dims, tiles.keys, KEY_STRIDE, scores, 0, TILE, rows, dims, slots);
        weigh(queries, row, rows, tile, slots, 1, into, tiles);
        int stride = into.stride();
        Gemm.add(scores, 0, TILE, tiles.values, stride, into.out, row * stride, stride, rows, slots, dims);
    }

    private static void attendDirectly(
            Reads reads, Queries queries, int row, int rows, int tile, int slots, Partial into, Tiles tiles) {
        int at = row * queries.headDim();
        Direct.scores(reads, tile, slots, tiles.queries, at, queries.headDim(), rows, tiles.scores);
        weigh(queries, row, rows, tile, slots, Direct.weightFactor(reads), into, tiles);
        Direct.add(reads, tile, slots, tiles.scores, into.out, row * into.stride(), into.stride(), rows);
    }

    /** Turns the scores of a tile into weights times {@code factor}: of slots that a row does not see, 0. */
    private static void weigh(
            Queries queries, int row, int rows, int tile, int slots, float factor, Partial into, Tiles tiles) {
        float[] scores = tiles.scores;
        for (int i = 0; i < rows; i++) {
            int seen = Math.min(slots, queries.visible(row + i) - tile);
            into.traced(row + i, tile, scores, i * TILE, seen);
            Arrays.fill(scores, i * TILE + seen, (i + 1) * TILE, Float.NEGATIVE_INFINITY);
            weigh(scores, i * TILE, row + i, factor, into, tiles.sums);
        }
    }

    /** Turns a row of scores into weights relative to the row's new maximum, and the row's sums so far as well. */
    private static void weigh(float[] scores, int at, int row, float factor, Partial into, float[] sums) {
        FloatVector largest = FloatVector.fromArray(F, scores, at);
        for (int c = LANES; c < TILE; c += LANES) {
            largest = largest.max(FloatVector.fromArray(F, scores, at + c));
        }
        float max = largest.reduceLanes(VectorOperators.MAX);
        FloatVector sum = FloatVector.fromArray(F, sums, row * LANES);
        if (max > into.max[row]) {
            float shrink = Exp2.of(into.max[row] - max);
            into.max[row] = max;
            into.sum[row] *= shrink;
            sum = sum.mul(shrink);
            int stride = into.stride();
            for (int d = row * stride; d < (row + 1) * stride; d += LANES) {
                FloatVector.fromArray(F, into.out, d).mul(shrink).intoArray(into.out, d);
            }
        }
        FloatVector shift = FloatVector.broadcast(F, into.max[row]);
        for (int c = 0; c < TILE; c += LANES) {
            FloatVector weight =
                    VectorExp2.of(FloatVector.fromArray(F, scores, at + c).sub(shift));
            sum = sum.add(weight);
            weight.mul(factor).intoArray(scores, at + c);
        }
        sum.intoArray(sums, row * LANES);
    }
}
