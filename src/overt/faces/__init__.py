"""From a picture to templates: model pack, runtime, detection, alignment, quality, embedding."""
