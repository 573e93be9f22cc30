/**
 * Keeps what a model writes within a grammar: a JSON schema becomes a pushdown automaton over bytes, and a vocabulary is
 * walked through it, so that only tokens that lead on can be chosen.
 */
@NullMarked
package dev.paca.model.grammar;

import org.jspecify.annotations.NullMarked;
