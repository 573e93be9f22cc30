package dev.paca.kv.select;

import java.util.Arrays;

/** What a selector has chosen of one table for one token: places of pages in the table, or slots; ascending, each once. */
public final class Picks {
    private int[] chosen = new int[64];
    private int count;
    private boolean everything;
    private boolean slots;

    private float[] mass = new float[0];
    private int looked;
    private int sketched;
    private int indexes;

    /** Read the whole table, in the order and with the bits of dense attention. */
    public void everything() {
        begin(false);
        everything = true;
    }

    /** Begin a choice: of single tokens, named by their slots, or of pages, named by their place in the table. */
    public void begin(boolean slots) {
        this.slots = slots;
        everything = false;
        count = 0;
        looked = 0;
        sketched = 0;
        indexes = 0;
        mass = new float[0];
    }

    /** Leaves out some of the choice: those whose mark is false. */
    void keep(boolean[] marks) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (marks[i]) {
                chosen[kept++] = chosen[i];
            }
        }
        count = kept;
    }

    /** Adds a page or slot; larger than all before. */
    public void add(int index) {
        if (count == chosen.length) {
            chosen = Arrays.copyOf(chosen, 2 * count);
        }
        chosen[count++] = index;
    }

    /** The mean of the values stands for what was left out, as SparQ does: {@code mass} is what was kept, a query head each. */
    public void compensate(float[] mass) {
        this.mass = mass;
    }

    /** So many pages' keys were looked at, and the pages not chosen. */
    void looked(int pages) {
        looked = pages;
    }

    /** Pages whose keys were read to choose others. */
    public int looked() {
        return looked;
    }

    /** So many pages were scored by their sketch, and so many by their indexes. */
    void scored(int sketched, int indexes) {
        this.sketched = sketched;
        this.indexes = indexes;
    }

    /** Pages that were scored by their sketch. */
    public int sketched() {
        return sketched;
    }

    /** Pages that were scored by their indexes. */
    public int indexes() {
        return indexes;
    }

    public boolean isEverything() {
        return everything;
    }

    public boolean areSlots() {
        return slots;
    }

    /** The first {@link #count()} are meant. */
    public int[] chosen() {
        return chosen;
    }

    public int count() {
        return count;
    }

    /** Empty unless {@link #compensate} was called. */
    public float[] mass() {
        return mass;
    }
}
