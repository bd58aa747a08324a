"""What runs a day: fieldops and its peers, one module ``by_NAME`` each, and `runs`, which gives each the same machine.

A module has two functions. ``stated(day, terms)`` builds what the library needs and warms it up, off the clock.
``solved(day, made, terms)`` searches for ``terms.limit_s`` and returns job indices for each technician.
"""
