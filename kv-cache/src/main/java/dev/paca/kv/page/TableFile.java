package dev.paca.kv.page;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * A page table in a file. Its form stands before the pages of all tables, so that memory can be secured for all of them
 * before one is read.
 */
public final class TableFile {
    private TableFile() {}

    /** Writes what must be known before its pages can be taken: how many slots it has, and its scales. */
    public static void saveForm(PageTable table, DataOutputStream out) throws IOException {
        out.writeInt(table.tokens());
        out.writeBoolean(table.isSettled());
        out.writeFloat(table.scales().k());
        out.writeFloat(table.scales().v());
    }

    /** Reads what {@link #saveForm} wrote into an empty table; returns how many slots it is to have. */
    public static int restoreForm(PageTable table, DataInputStream in) throws IOException {
        int count = in.readInt();
        table.begin(in.readBoolean(), new Scales(in.readFloat(), in.readFloat()));
        return count;
    }

    /** Writes its positions, anchor, and pages as they are stored; not how many tokens there are. */
    public static void save(PageTable table, DataOutputStream out) throws IOException {
        out.writeBoolean(!table.isComplete());
        for (int i = 0; !table.isComplete() && i < table.tokens(); i++) {
            out.writeInt(table.position(i));
        }
        Anchor anchor = table.anchor();
        out.writeBoolean(anchor != null);
        for (int d = 0; anchor != null && d < table.store().format().headDim(); d++) {
            out.writeFloat(anchor.centre()[d]);
            out.writeFloat(anchor.scale()[d]);
        }
        for (int i = 0; i < table.store().format().pages(table.tokens()); i++) {
            out.write(table.store().image(table.pages()[i]));
        }
    }

    /**
     * Reads what {@link #save} wrote of a table with {@code count} tokens into an empty one. Its pages have been secured.
     *
     * @param length positions are below it
     */
    public static void restore(PageTable table, int count, int length, DataInputStream in) throws IOException {
        table.reserve(count);
        Positions positions = in.readBoolean() ? positions(count, length, in) : new Positions();
        Anchor anchor = in.readBoolean() ? anchor(table.store().format().headDim(), in) : null;
        table.become(count, positions, anchor);
        for (int i = 0; i < table.store().format().pages(count); i++) {
            byte[] image = table.store().image(table.pages()[i]);
            in.readFully(image);
            table.store().restore(table.pages()[i], image);
        }
    }

    private static Positions positions(int count, int length, DataInputStream in) throws IOException {
        int[] positions = new int[count];
        for (int i = 0; i < count; i++) {
            positions[i] = Math.clamp(in.readInt(), 0, length);
        }
        return new Positions(positions);
    }

    private static Anchor anchor(int headDim, DataInputStream in) throws IOException {
        float[] centre = new float[headDim];
        float[] scale = new float[headDim];
        for (int d = 0; d < headDim; d++) {
            centre[d] = in.readFloat();
            scale[d] = in.readFloat();
        }
        return new Anchor(centre, scale);
    }
}
