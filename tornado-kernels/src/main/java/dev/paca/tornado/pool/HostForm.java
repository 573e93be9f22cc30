package dev.paca.tornado.pool;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.kv.host.Contents;
import dev.paca.kv.host.HostPool;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * A device's cache as the CPU's pool writes it: a session that was saved on the one goes on on the other. Page by page keys
 * and values pass through floats, which both store as the same codes (of 8-bit integers the scale may differ in its last
 * bit). The whole cache lies in host memory meanwhile.
 */
final class HostForm {
    private final DevicePool pool;
    private final PageDevice device;
    private final int pageTokens;

    HostForm(DevicePool pool, PageDevice device) {
        this.pool = pool;
        this.device = device;
        pageTokens = pool.policy().pageTokens();
    }

    void save(DeviceCache cache, OutputStream to) throws IOException {
        KvShape shape = pool.shape();
        DeviceEvictor evictor = cache.evictor();
        Contents contents = evictor == null ? Contents.of(cache.ids(), shape) : evictor.contents(cache);
        // the CPU's form remembers the last queries of a prompt, which are computed here when it has ended
        if (evictor != null && evictor.isReading()) {
            throw new PacaException("A session under eviction " + pool.policy().eviction()
                    + " cannot be saved in the middle of a prompt. Save it when the prompt has been read.");
        }
        Contents.Source source =
                (from, tokens, k, v) -> device.read(cache.pages(from / pageTokens), counts(cache, from, tokens), k, v);
        try (HostPool host = new HostPool(shape, Long.MAX_VALUE);
                KvCache copy = host.open(pool.policy(), contents, pageTokens, source)) {
            host.save(copy, to);
        }
    }

    DeviceCache restore(InputStream from) throws IOException {
        try (HostPool host = new HostPool(pool.shape(), Long.MAX_VALUE);
                KvCache copy = host.restore(pool.policy(), from)) {
            Contents contents = host.contents(copy);
            DeviceCache cache = pool.openEmpty();
            try {
                cache.reserve(contents);
                fill(cache, host, copy, contents);
            } catch (RuntimeException | Error e) {
                cache.close();
                throw e;
            }
            return cache;
        }
    }

    private void fill(DeviceCache cache, HostPool host, KvCache copy, Contents contents) {
        KvShape shape = pool.shape();
        float[][] k = new float[shape.layers()][pageTokens * shape.kvDim()];
        float[][] v = new float[shape.layers()][pageTokens * shape.kvDim()];
        for (int at = 0; at < contents.slots(); at += pageTokens) {
            for (int l = 0; l < k.length; l++) {
                int held = contents.positions()[l * shape.kvHeads()].length;
                int count = Math.min(pageTokens, held - at);
                if (count > 0) {
                    host.read(copy, l, at, count, k[l], v[l]);
                }
            }
            int[] counts = new int[cache.lanes()];
            for (int lane = 0; lane < counts.length; lane++) {
                int held = contents.positions()[lane * shape.kvHeads()].length;
                counts[lane] = Math.clamp(held - at, 0, pageTokens);
            }
            device.write(cache, at / pageTokens, counts, k, v);
        }
    }

    private static int[] counts(DeviceCache cache, int from, int tokens) {
        int[] counts = new int[cache.lanes()];
        for (int lane = 0; lane < counts.length; lane++) {
            counts[lane] = Math.clamp(cache.slots(lane) - from, 0, tokens);
        }
        return counts;
    }
}
