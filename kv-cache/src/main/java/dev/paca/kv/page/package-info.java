/** Pages and their bytes: formats, codecs (the scalar truth of each storage), the store that counts references, page tables. What is here knows no device and no policy. */
@NullMarked
package dev.paca.kv.page;

import org.jspecify.annotations.NullMarked;
