package dev.paca.kv.host;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.kv.page.PageStore;
import dev.paca.kv.page.PageTable;
import dev.paca.kv.page.TableFile;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/**
 * A sequence's cache as a stream: a mark, the model's geometry, the policy's text, the tokens, each table with its pages as
 * they are stored, and the CRC-32 of all that. Pages keep their indexes, so nothing is computed again.
 */
final class CacheFile {
    private static final byte[] MARK = "PacaKV2\n".getBytes(StandardCharsets.US_ASCII);
    private static final String REMEDY = " Run the prompt again instead.";

    private CacheFile() {}

    static void save(HostCache cache, KvShape shape, OutputStream to) throws IOException {
        CheckedOutputStream checked = new CheckedOutputStream(to, new CRC32());
        DataOutputStream out = new DataOutputStream(checked);
        out.write(MARK);
        for (int number : geometry(shape)) {
            out.writeInt(number);
        }
        out.writeUTF(cache.policy().toString());
        out.writeInt(Objects.hashCode(cache.policy().selection().labels()));
        out.writeInt(cache.length());
        out.writeInt(cache.beginning().pure());
        for (int i = 0; i < cache.length(); i++) {
            out.writeInt(cache.beginning().ids()[i]);
        }
        for (PageTable table : cache.tables()) {
            TableFile.saveForm(table, out);
        }
        for (PageTable table : cache.tables()) {
            TableFile.save(table, out);
        }
        cache.saveState(out);
        out.flush();
        long sum = checked.getChecksum().getValue();
        out.writeLong(sum);
        out.flush();
    }

    /**
     * @throws PacaException if the stream holds no cache, one of another model or policy, or not all of it
     * @throws dev.paca.kv.KvMemoryException if the pool's limit does not allow it
     */
    static HostCache restore(HostPool pool, KvPolicy policy, PageStore store, InputStream from) throws IOException {
        CheckedInputStream checked = new CheckedInputStream(from, new CRC32());
        DataInputStream in = new DataInputStream(checked);
        PageTable[] tables = HostCache.emptyTables(pool.shape(), store);
        try {
            byte[] mark = in.readNBytes(MARK.length);
            if (!Arrays.equals(mark, MARK)) {
                throw new PacaException("This is no saved KV cache: it does not begin with \"PacaKV2\"." + REMEDY);
            }
            checkModel(pool.shape(), in);
            String saved = in.readUTF();
            if (!saved.equals(policy.toString())) {
                throw new PacaException("The saved KV cache was made under another policy: found " + saved
                        + ", expected " + policy + "." + REMEDY);
            }
            if (in.readInt() != Objects.hashCode(policy.selection().labels())) {
                throw new PacaException("The saved KV cache was made with other channel labels than those of "
                        + policy.selection().labels() + "." + REMEDY);
            }
            int length = count(in.readInt());
            int pure = count(in.readInt());
            int[] ids = ints(in, length);
            Demand demand = new Demand();
            int[] counts = new int[tables.length];
            for (int t = 0; t < tables.length; t++) {
                counts[t] = count(TableFile.restoreForm(tables[t], in));
                if (counts[t] > length) {
                    throw damaged();
                }
                demand.add(tables[t], counts[t]);
            }
            pool.secure(demand);
            // All before the first gives pages back that it needed on its way: those secured for others might go with
            // them.
            for (int t = 0; t < tables.length; t++) {
                tables[t].reserve(counts[t]);
            }
            for (int t = 0; t < tables.length; t++) {
                TableFile.restore(tables[t], counts[t], length, in);
            }
            HostCache cache = new HostCache(pool, policy, tables, length);
            cache.restoreState(in);
            long sum = checked.getChecksum().getValue();
            if (in.readLong() != sum || pure > length) {
                throw damaged();
            }
            cache.beginning().remember(ids, pure);
            return cache;
        } catch (EOFException e) {
            release(tables);
            throw new PacaException("The saved KV cache ends too early: it was cut off." + REMEDY, e);
        } catch (IOException | RuntimeException e) {
            release(tables);
            throw e;
        }
    }

    private static void release(PageTable[] tables) {
        for (PageTable table : tables) {
            table.clear();
        }
    }

    private static void checkModel(KvShape shape, DataInputStream in) throws IOException {
        int[] found = ints(in, 4);
        if (!Arrays.equals(found, geometry(shape))) {
            throw new PacaException("The saved KV cache is of another model: layers, heads, KV heads and head dim are "
                    + Arrays.toString(found) + ", expected " + Arrays.toString(geometry(shape)) + "." + REMEDY);
        }
    }

    private static int[] geometry(KvShape shape) {
        return new int[] {shape.layers(), shape.heads(), shape.kvHeads(), shape.headDim()};
    }

    /** Grows as it reads, so that a damaged length takes no memory. */
    private static int[] ints(DataInputStream in, int length) throws IOException {
        int[] numbers = new int[Math.min(length, 1024)];
        for (int i = 0; i < length; i++) {
            if (i == numbers.length) {
                numbers = Arrays.copyOf(numbers, (int) Math.min(length, 2L * i));
            }
            numbers[i] = in.readInt();
        }
        return numbers;
    }

    private static int count(int number) {
        if (number < 0) {
            throw damaged();
        }
        return number;
    }

    private static PacaException damaged() {
        return new PacaException("The saved KV cache is damaged: its numbers do not agree with its checksum." + REMEDY);
    }
}
