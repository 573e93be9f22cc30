/**
 * Many generations over one set of weights: sessions that keep their caches, and a scheduler that runs all of them as one
 * batch.
 */
@NullMarked
package dev.paca.model.engine;

import org.jspecify.annotations.NullMarked;
