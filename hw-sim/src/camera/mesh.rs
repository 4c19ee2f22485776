//! Triangles over points (Delaunay, by adding one point after the other), for the turning head.

/// Triangles that cover the points, as numbers of them. Points in one place are left out.
pub(super) fn triangles(points: &[[f32; 2]]) -> Vec<[usize; 3]> {
    let far = points
        .iter()
        .flatten()
        .fold(1.0f32, |far, value| far.max(value.abs()))
        * 20.0;
    let count = points.len();
    let mut all: Vec<[f64; 2]> = points
        .iter()
        .map(|[x, y]| [f64::from(*x), f64::from(*y)])
        .collect();
    let far = f64::from(far);
    all.extend([[-far, -far], [far, -far], [0.0, far]]);
    let mut mesh = vec![[count, count + 1, count + 2]];
    for at in 0..count {
        let point = all[at];
        if all[..at]
            .iter()
            .any(|other| (other[0] - point[0]).abs() + (other[1] - point[1]).abs() < 1e-3)
        {
            continue;
        }
        let mut edges: Vec<[usize; 2]> = Vec::new();
        mesh.retain(|triangle| {
            let inside = in_circle(triangle.map(|corner| all[corner]), point);
            if inside {
                let [a, b, c] = *triangle;
                edges.extend([[a, b], [b, c], [c, a]]);
            }
            !inside
        });
        // Edges between two removed triangles vanish; the others form the hole's border.
        for (index, [a, b]) in edges.iter().enumerate() {
            let shared = edges
                .iter()
                .enumerate()
                .any(|(other, edge)| other != index && (*edge == [*b, *a] || *edge == [*a, *b]));
            if !shared {
                mesh.push([*a, *b, at]);
            }
        }
    }
    mesh.retain(|triangle| triangle.iter().all(|corner| *corner < count));
    mesh
}

fn in_circle([a, b, c]: [[f64; 2]; 3], point: [f64; 2]) -> bool {
    let row = |corner: [f64; 2]| {
        let (x, y) = (corner[0] - point[0], corner[1] - point[1]);
        [x, y, x * x + y * y]
    };
    let [p, q, r] = [row(a), row(b), row(c)];
    let value = p[0] * (q[1] * r[2] - q[2] * r[1]) - p[1] * (q[0] * r[2] - q[2] * r[0])
        + p[2] * (q[0] * r[1] - q[1] * r[0]);
    let turn = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]);
    value * turn.signum() > 1e-9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_with_a_point_is_covered_once() {
        let points = [
            [0.0, 0.0],
            [10.0, 0.0],
            [10.0, 10.0],
            [0.0, 10.0],
            [4.0, 5.0],
            [4.0, 5.0],
        ];
        let mesh = triangles(&points);
        let area: f32 = mesh
            .iter()
            .map(|[a, b, c]| {
                let ([ax, ay], [bx, by], [cx, cy]) = (points[*a], points[*b], points[*c]);
                ((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)).abs() / 2.0
            })
            .sum();
        assert!((area - 100.0).abs() < 1e-3, "{area} {mesh:?}");
        assert_eq!(mesh.len(), 4);
    }
}
