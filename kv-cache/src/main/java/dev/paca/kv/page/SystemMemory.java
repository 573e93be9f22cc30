package dev.paca.kv.page;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Zeroed memory from the system. On Linux, where native access is enabled, large pieces are mappings of their own with huge
 * pages: reading KV pages here and there costs less than half (few misses of the address cache), and a piece given back
 * is the system's at once. Elsewhere, and for small pieces, the arena's ordinary memory.
 */
final class SystemMemory {
    /** A huge page of x86-64 and most of aarch64. */
    static final long HUGE = 2L << 20;

    private static final int READ_WRITE = 3;
    private static final int PRIVATE_ANONYMOUS = 0x22;
    private static final int MADV_HUGEPAGE = 14;
    private static final Optional<Calls> CALLS = Calls.find();

    private SystemMemory() {}

    /** Memory that lives as long as the arena. */
    static MemorySegment allocate(long bytes, Arena arena) {
        return bytes < HUGE / 2 || CALLS.isEmpty()
                ? arena.allocate(bytes, 64)
                : CALLS.get().map(bytes, arena);
    }

    private record Calls(MethodHandle mmap, MethodHandle munmap, MethodHandle madvise) {
        static Optional<Calls> find() {
            boolean linux = System.getProperty("os.name", "").equals("Linux");
            return linux && SystemMemory.class.getModule().isNativeAccessEnabled() ? link() : Optional.empty();
        }

        @SuppressWarnings("restricted")
        private static Optional<Calls> link() {
            Linker linker = Linker.nativeLinker();
            SymbolLookup lookup = linker.defaultLookup();
            var mmap = lookup.find("mmap");
            var munmap = lookup.find("munmap");
            var madvise = lookup.find("madvise");
            if (mmap.isEmpty() || munmap.isEmpty() || madvise.isEmpty()) {
                return Optional.empty();
            }
            var address = ValueLayout.ADDRESS;
            var size = ValueLayout.JAVA_LONG;
            var number = ValueLayout.JAVA_INT;
            return Optional.of(new Calls(
                    linker.downcallHandle(
                            mmap.get(), FunctionDescriptor.of(address, address, size, number, number, number, size)),
                    linker.downcallHandle(munmap.get(), FunctionDescriptor.of(number, address, size)),
                    linker.downcallHandle(madvise.get(), FunctionDescriptor.of(number, address, size, number))));
        }

        /** A mapping that begins at a huge page's boundary, or the arena's memory if the system refuses. */
        @SuppressWarnings("restricted")
        MemorySegment map(long bytes, Arena arena) {
            try {
                // A piece that all but fills its last huge page gets the whole of it.
                long wanted = bytes % HUGE >= HUGE * 15 / 16 ? (bytes + HUGE - 1) / HUGE * HUGE : bytes;
                long mapped = wanted + HUGE;
                MemorySegment all = (MemorySegment)
                        mmap.invokeExact(MemorySegment.NULL, mapped, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0L);
                long start = all.address();
                if (start == -1) {
                    return arena.allocate(bytes, 64);
                }
                long begin = (start + HUGE - 1) / HUGE * HUGE;
                int advised =
                        (int) madvise.invokeExact(MemorySegment.ofAddress(begin), wanted / HUGE * HUGE, MADV_HUGEPAGE);
                assert advised <= 0 : "madvise returns 0, or -1 where there are no huge pages, which is no harm";
                return MemorySegment.ofAddress(begin).reinterpret(bytes, arena, gone -> unmap(start, mapped));
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new LinkageError("mmap could not be called", e);
            }
        }

        private void unmap(long start, long bytes) {
            try {
                int result = (int) munmap.invokeExact(MemorySegment.ofAddress(start), bytes);
                assert result == 0 : "munmap of what mmap gave";
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new LinkageError("munmap could not be called", e);
            }
        }
    }
}
