package dev.paca.kv.attention;

import dev.paca.kv.page.PageStore;

/**
 * What a run of queries reads of one KV head: pages, in ascending order of position. Dense attention reads the page table
 * itself; a selector gives a shorter list. Every page is full but the last.
 *
 * @param store where the pages are
 * @param pages page ids; as many as {@code tokens} fill are read
 * @param tokens slots to read, counted over the list: slot {@code i} is in page {@code pages[i / pageTokens]}
 */
public record Reads(PageStore store, int[] pages, int tokens) {}
