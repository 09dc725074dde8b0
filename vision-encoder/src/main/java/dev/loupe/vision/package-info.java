/** Pictures, patches and the vision tower. */
package dev.loupe.vision;
